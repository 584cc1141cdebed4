"""Answers to the exercise of lesson 12: a set encoder for rows that are filled up."""

import torch


def plainest(h, g, x_support, y_support, there, x_query):
    each = h(torch.cat([x_support, y_support], dim=-1)) * there.unsqueeze(-1)
    r = each.sum(1, keepdim=True) / there.sum(1).clamp(min=1)[:, None, None]
    return g(torch.cat([x_query, r.expand(-1, x_query.shape[1], -1)], dim=-1))


def task_by_task(h, g, x_support, y_support, there, x_query):
    answers = []
    for x, y, some, query in zip(x_support, y_support, there, x_query, strict=True):
        pairs = torch.cat([x, y], -1)[some > 0]
        r = h(pairs).mean(0) if len(pairs) else 0 * h(torch.zeros(1, 2).to(x))[0]
        answers.append(g(torch.cat([query, r.repeat(len(query), 1)], -1)))
    return torch.stack(answers)


def weights_that_add_up_to_one(h, g, x_support, y_support, there, x_query):
    share = there / there.sum(1, keepdim=True).clamp(min=1)
    r = torch.einsum("tn,tnd->td", share, h(torch.cat((x_support, y_support), 2)))
    return g(torch.cat((x_query, r[:, None].repeat(1, x_query.size(1), 1)), 2))


def by_matrix_product(h, g, x_support, y_support, there, x_query):
    total = there.unsqueeze(1) @ h(torch.cat([x_support, y_support], -1))
    r = total / torch.maximum(there.sum(1), torch.ones_like(there[:, 0])).reshape(-1, 1, 1)
    return g(torch.cat([x_query, torch.ones_like(x_query) @ r], -1))


def query_by_query(h, g, x_support, y_support, there, x_query):
    each = torch.where(there[..., None] > 0, h(torch.cat([x_support, y_support], -1)), 0.0)
    r = each.sum(1) / (there.sum(1, keepdim=True) + 1e-9)
    return torch.stack([g(torch.cat([x, r], -1)) for x in x_query.unbind(1)], 1)


def with_r(make):
    """An answer that has another r, made from h of the pairs and what else there is."""

    def answer(h, g, x_support, y_support, there, x_query):
        r = make(h, torch.cat([x_support, y_support], -1), there.unsqueeze(-1), x_query)
        return g(torch.cat([x_query, r.expand(len(x_query), x_query.shape[1], -1)], -1))

    return answer


def mean(each, mask):
    return (each * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp(min=1)


def r_first(h, g, x_support, y_support, there, x_query):
    r = mean(h(torch.cat([x_support, y_support], -1)), there.unsqueeze(-1))
    return g(torch.cat([r.expand(-1, x_query.shape[1], -1), x_query], -1))


def one_answer_for_all(h, g, x_support, y_support, there, x_query):
    alike = x_query.mean(1, keepdim=True).expand_as(x_query)
    return plainest(h, g, x_support, y_support, there, alike)


def without_expand(h, g, x_support, y_support, there, x_query):
    r = mean(h(torch.cat([x_support, y_support], -1)), there.unsqueeze(-1))
    return g(torch.cat([x_query, r], -1))


def mask_without_axis(h, g, x_support, y_support, there, x_query):
    return (h(torch.cat([x_support, y_support], -1)) * there).sum(1)


def in_place(h, g, x_support, y_support, there, x_query):
    there /= there.sum(1, keepdim=True).clamp(min=1)
    r = (h(torch.cat([x_support, y_support], -1)) * there.unsqueeze(-1)).sum(1, keepdim=True)
    return g(torch.cat([x_query, r.expand(-1, x_query.shape[1], -1)], -1))


RIGHT = {
    "plainest": plainest,
    "task by task": task_by_task,
    "weights that add up to one": weights_that_add_up_to_one,
    "by a matrix product": by_matrix_product,
    "query by query": query_by_query,
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("a task without a point gives nan", with_r(
        lambda h, pairs, mask, _: (h(pairs) * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True))),
    ("absent points count in your mean", with_r(lambda h, pairs, mask, _: h(pairs).mean(1, keepdim=True))),
    ("absent points count in your mean", with_r(
        lambda h, pairs, mask, _: h(pairs).sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp(min=1))),
    ("not by the length of the row", with_r(lambda h, pairs, mask, _: (h(pairs) * mask).mean(1, keepdim=True))),
    ("h of zeros is not zero", with_r(lambda h, pairs, mask, _: h(pairs * mask).mean(1, keepdim=True))),
    ("h of zeros is not zero", with_r(
        lambda h, pairs, mask, _: h(pairs * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp(min=1))),
    ("that is a sum", with_r(lambda h, pairs, mask, _: (h(pairs) * mask).sum(1, keepdim=True))),
    ("the mean was taken before h", with_r(lambda h, pairs, mask, _: h(mean(pairs, mask)))),
    ("h was given .y, x.", with_r(lambda h, pairs, mask, _: mean(h(pairs.flip(-1)), mask))),
    ("g was given .r, x.", r_first),
    ("the queries have been encoded", with_r(lambda h, pairs, mask, x: torch.cat(
        [h(pairs) * mask, h(torch.cat([x, torch.zeros_like(x)], -1))], 1).sum(1, keepdim=True)
        / (mask.sum(1, keepdim=True).clamp(min=1) + x.shape[1]))),
    ("the mean runs over the tasks too", with_r(
        lambda h, pairs, mask, _: mean(h(pairs), mask).mean(0, keepdim=True))),
    ("the largest was taken", with_r(lambda h, pairs, mask, _: (h(pairs) * mask).masked_fill(
        mask == 0, -torch.inf).amax(1, keepdim=True))),
    ("one answer for all queries", one_answer_for_all),
    ("x, y.*two numbers side by side", lambda h, g, x, y, there, x_query: g(h(x))),
    ("one place for each query", without_expand),
    ("Give `there` a last axis", mask_without_axis),
    ("there has changed: make a new tensor", in_place),
    ("no gradient reaches the weights of h and g", lambda *given: plainest(*given).detach()),
    ("no gradient reaches h", with_r(lambda h, pairs, mask, _: mean(h(pairs).detach(), mask))),
    ("the result has the shape", lambda *given: plainest(*given).squeeze(-1)),
    ("your function gives", with_r(lambda h, pairs, mask, _: mean(h(pairs), mask) ** 2)),
]  # fmt: skip

"""README's table of results in Chinese, for README.zh-CN: the same cells, methods under their names in the glossary."""

import re

WORDS = {
    "method": "方法",
    "training": "训练时间",
    "none": "无",
    "20 runs": "20 个测试轮次",
    "pixels": "像素基线",
    "aligned pixels": "对齐像素基线",
    "Siamese": "孪生网络",
    "matching": "匹配网络",
    "prototypical": "原型网络",
    "FOMAML": "一阶 MAML",
    "MAML, learned rates": "MAML，学习率也由学习得到",
    "Reptile, Adam carried": "Reptile，保留 Adam 的状态",
}


def in_chinese(table: str) -> str:
    """A table in Markdown with its words in Chinese; numbers, and words that there are none for, stay as they are."""
    return "\n".join(" | ".join(map(_cell, line.split(" | "))) for line in table.splitlines())


def _cell(cell: str) -> str:
    words = cell.strip("| ")
    times = re.sub(r" min$", " 分钟", words.replace(" to ", "～"))
    return cell.replace(words, WORDS.get(words, times)) if words else cell

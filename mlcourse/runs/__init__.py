"""Long runs: what is trained for hours and kept, from the settings to the table that README prints."""

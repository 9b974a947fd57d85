"""Models that come with weights: what is stated of them, and what they measure."""

"""What a page is told: in words, as answers, as files."""

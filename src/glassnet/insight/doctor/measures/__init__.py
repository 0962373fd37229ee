"""What the rules measure with: a look inside, the loss's scale, the course, steps made again."""

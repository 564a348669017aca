"""What a copy says otherwise than the text it carries: numbers, names and negations in aligned sentences."""

"""The reports of the medal's five roles (regulation 003, clause 4): content, words, pages and files."""

DROP TABLE letter_numbers;

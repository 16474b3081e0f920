import unittest

from bill.lines import Item, parse_bill, parse_line, total


class Lines(unittest.TestCase):
    def test_a_line_has_count_name_and_price(self):
        self.assertEqual(parse_line("3 x coffee @ 2.50"), Item(3, "coffee", 250))

    def test_a_line_that_is_none_is_refused(self):
        with self.assertRaisesRegex(ValueError, "not a line of a bill: 'coffee'"):
            parse_line("coffee")

    def test_remarks_are_skipped(self):
        self.assertEqual(parse_bill("# lunch\n1 x soup @ 4.50"), [Item(1, "soup", 450)])

    def test_empty_lines_are_skipped(self):
        self.assertEqual(parse_bill("1 x soup @ 4.50\n\n"), [Item(1, "soup", 450)])

    def test_the_total_counts_every_piece(self):
        self.assertEqual(total([Item(2, "soup", 450), Item(3, "coffee", 250)]), 1650)

import unittest

from bill.money import format_amount, parse_amount


class Money(unittest.TestCase):
    def test_amounts_are_cents(self):
        self.assertEqual(parse_amount("12.5"), 1250)
        self.assertEqual(parse_amount("7"), 700)

    def test_text_that_is_no_amount_is_refused(self):
        with self.assertRaisesRegex(ValueError, "not an amount: '1.2.3'"):
            parse_amount("1.2.3")

    def test_amounts_are_written_with_two_places(self):
        self.assertEqual(format_amount(1205), "12.05")

"""Maps: one playbook for many items, one after another or several at once, with one journal for all of them."""

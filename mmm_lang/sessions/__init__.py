"""What ran, told and tidied: sessions from their journals, work that was set aside, commits taken back."""

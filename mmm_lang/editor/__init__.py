"""What an editor asks about a playbook: pure functions of a document and a place in it.

``mmm_lang.editor.lsp`` serves them over the Language Server Protocol; nothing here knows of it.
"""

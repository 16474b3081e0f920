"""The editor's features over the Language Server Protocol: conversion and nothing else. Needs the extra ``lsp``."""

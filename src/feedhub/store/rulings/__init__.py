"""Editors' rulings: carried out, recorded, undone.

dispatch    commands and pages ask for one         clerk       each kind of ruling
docket      stories and copies, read and moved     record      what was ruled
undoing     rulings taken back                     homes       where their copies belong then
"""

"""How dates are read and written: ISO on screen, in both languages, and as HTML's own date fields want them.

Django's Chinese formats write 2020/1/25, which a date field of a browser shows as empty (FORMAT_MODULE_PATH of the settings).
"""

#: What a day may look like when it is typed; the first is how a field shows it.
DAYS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"]

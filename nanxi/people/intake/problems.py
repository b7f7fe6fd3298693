"""The closed list of what can be wrong with a file or a cell, each with one sentence that says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


def N_(text: str) -> str:
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return text


class Weight(Enum):
    """What a remark does: `bad` keeps the row out, `doubt` is shown beside it, `changed` says what was made of the cell."""

    BAD = "bad"
    DOUBT = "doubt"
    CHANGED = "changed"


@dataclass(frozen=True)
class Remark:
    """One remark about one cell; `column` is its place in the sender's row, -1 = the row as a whole."""

    column: int
    code: str

    @property
    def weight(self) -> Weight:
        return REMARKS[self.code][0]

    @property
    def sentence(self) -> str:
        return REMARKS[self.code][1]


class Unreadable(Exception):
    """A file is refused as a whole; `code` names the sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(FILES[code])
        self.code = code

    @property
    def sentence(self) -> str:
        return FILES[self.code]


# One sentence a line.
# ruff: noqa: E501
FILES: dict[str, str] = {
    "empty": N_("The file is empty. Send the list again."),
    "too_big": N_("The file is larger than 20 MB. Split the list into several files."),
    "wrong_type": N_("This is no list that can be read. Send it as .xlsx, .xls or .csv."),
    "web_page": N_("This is a web page or XML saved under a workbook's name, without a table that can be read. Open it in Excel or WPS, save it as .xlsx and send that."),
    "password": N_("The workbook is protected by a password. Remove the password and send it again."),
    "broken": N_("The file is damaged and cannot be opened. Open it in Excel or WPS, save it as .xlsx and send that."),
    "bomb": N_("The workbook unpacks to far more than a list can hold. Copy the list into a new workbook and send that."),
    "too_many_parts": N_("The workbook has too many parts inside. Copy the list into a new workbook and send that."),
    "too_long": N_(
        "The file has more than 65,536 rows or 200 columns in a sheet. Split the list, or delete empty formatted cells."
    ),
    "too_heavy": N_(
        "Reading the file took more memory or time than a list needs. Copy the list into a new workbook and send that."
    ),
    "encoding": N_("The text of this file is in an encoding that is not known. Save it as UTF-8 CSV or .xlsx."),
    "no_header": N_("No heading row was found. The list needs one row of headings with a name or an ID number among them."),
    "no_rows": N_("There is a heading but no person below it. Send the list again with its rows."),
}

_B, _D, _C = Weight.BAD, Weight.DOUBT, Weight.CHANGED
REMARKS: dict[str, tuple[Weight, str]] = {
    "nobody": (_B, N_("Neither a name nor a valid ID number: nobody can be found by this row. Add one of them.")),
    "id_lost_digits": (_B, N_("Excel stored this ID number as a number and its last digits are lost. Format the column as text and enter the number again.")),
    "cell_failed": (_D, N_("The formula of this cell failed; there is no value to read. Enter the value itself.")),
    "cell_ditto": (_D, N_("“The same as above” is not copied to another person. Write it out.")),
    "ditto": (_C, N_("“The same as above” filled in from the row above.")),
    "name_missing": (_D, N_("The name is missing. Write the person's name.")),
    "name_masked": (_D, N_("Part of the name is hidden; the row is matched by its ID number alone. Ask for the full name.")),
    "name_is_error": (_B, N_("The name is no name. Write the person's name.")),
    "id_check": (_D, N_("The check digit of this ID number is wrong; one digit was probably mistyped. Compare it with the card.")),
    "id_date": (_D, N_("The birth date inside this ID number is impossible. Compare it with the card.")),
    "id_shape": (_D, N_("This is no ID number: it has 18 digits, the last may be X. Compare it with the card.")),
    "id_masked": (_D, N_("Part of the ID number is hidden; it cannot be matched. Ask for the full number.")),
    "id_of_other": (_D, N_("This is the ID number of a parent or another person; it is not used. Write the person's own.")),
    "id_several": (_D, N_("Two different ID numbers in one cell; none is used. Write one person a row.")),
    "id_region_unknown": (_D, N_("The first six digits of this ID number are no county. Compare it with the card; it is used as it is.")),
    "id_region_old": (_D, N_("The county code of this ID number was no longer in use when the person was born. Compare it with the card; it is used as it is.")),
    "id_foreign": (_C, N_("Read as a passport or permit number.")),
    "id_tidied": (_C, N_("ID number: blanks, marks or full-width digits removed.")),
    "id_upgraded": (_C, N_("ID number of 15 digits completed to 18.")),
    "id_number_cell": (_C, N_("ID number of 15 digits stored as a number; read as written.")),
    "passport_unread": (_D, N_("This is no passport or permit number: letters and digits, as printed on it.")),
    "passport_tidied": (_C, N_("Passport: blanks, marks or small letters removed.")),
    "phone_masked": (_D, N_("Part of the phone number is hidden; it cannot be used. Ask for the full number.")),
    "phone_of_other": (_C, N_("The phone number of a relative or neighbour; kept.")),
    "phone_unread": (_D, N_("This is no phone number: a mobile has 11 digits, a landline its area code in front.")),
    "phone_several": (_C, N_("Several phone numbers in one cell, all kept; the first counts as the person's own.")),
    "phone_tidied": (_C, N_("Phone number: country code, dashes or blanks removed.")),
    "phone_number_cell": (_C, N_("Phone number stored as a number; read as written.")),
    "name_tidied": (_C, N_("Name: blanks or a title removed.")),
    "sex_unread": (_D, N_("Write 男 or 女.")),
    "sex_other": (_D, N_("The sex does not agree with the ID number. Compare it with the card.")),
    "birth_other": (_D, N_("The birth date does not agree with the ID number. Compare it with the card.")),
    "date_unread": (_D, N_("This is no date that can be read for sure. Write it like 2020-01-25.")),
    "date_far": (_D, N_("This date lies far from the day of the list: the year was mistyped, or a number is formatted as a date. Write it like 2020-01-25.")),
    "date_year": (_C, N_("Date without a full year: the year of the list was taken.")),
    "date_serial": (_C, N_("Date stored as a day number; turned back into a date.")),
    "date_lunar": (_C, N_("Date of the lunar calendar, turned into a civil date.")),
    "temperature_unread": (_D, N_("This is no body temperature between 34 and 43 °C.")),
    "yes_no_unread": (_D, N_("Write 是 or 否.")),
    "origin_unknown": (_D, N_("No city is known by these words; they are kept as written. Write the city, like 湖北省武汉市.")),
    "plate_unread": (_D, N_("This is no number plate. Write it like 浙C12345.")),
    "elsewhere": (_C, N_("Belongs to another county; kept apart on the list to hand over.")),
    "area_unknown": (_D, N_("This area code is not in the county's area tree; the row stays with the list's area.")),
}  # fmt: skip

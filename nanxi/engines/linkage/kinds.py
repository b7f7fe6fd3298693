"""What a column holds: recognised by its name, or said in a specification file (`[columns]` column = "kind")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

#: Kinds a column may have. `full_name` is another word for `name`; `skip` leaves a recognised column out.
KINDS = (
    "id", "name", "full_name", "given_name", "surname", "sex", "dob", "id_no", "phone", "email", "postcode", "address",
    "place", "category", "skip",
)  # fmt: skip
#: A list may hold several of these; of every other kind one column, so that none is compared twice.
MANY = frozenset({"phone", "address", "place", "category", "skip"})
#: Names of columns as lists write them. A trailing number or remark in brackets is dropped before the look-up.
SYNONYMS: dict[str, str] = {
    **{kind: kind for kind in KINDS if kind not in ("full_name", "skip")},
    **dict.fromkeys(("rec_id", "record_id", "row_id", "unique_id", "编号", "记录号"), "id"),
    **dict.fromkeys(("full_name", "fullname", "姓名", "名字", "旅客姓名", "员工姓名", "购药人"), "name"),
    **dict.fromkeys(("first_name", "forename", "given", "givenname", "名"), "given_name"),
    **dict.fromkeys(("last_name", "family_name", "lastname", "familyname", "姓"), "surname"),
    **dict.fromkeys(("gender", "性别"), "sex"),
    **dict.fromkeys(("date_of_birth", "birth_date", "birthdate", "birthday", "出生日期", "生日", "出生年月"), "dob"),
    **dict.fromkeys(
        ("id_number", "idno", "id_card", "soc_sec_id", "ssn", "national_id", "nhs_number", "passport", "身份证", "身份证号",
         "身份证号码", "公民身份号码", "公民身份证号", "证件号码", "证件号"), "id_no",
    ),
    **dict.fromkeys(
        ("telephone", "tel", "mobile", "phone_number", "电话", "手机", "手机号", "手机号码", "联系电话", "联系方式", "电话号码"),
        "phone",
    ),
    **dict.fromkeys(("e_mail", "mail", "电子邮箱", "邮箱"), "email"),
    **dict.fromkeys(("zip", "zip_code", "postal_code", "邮编", "邮政编码"), "postcode"),
    **dict.fromkeys(("street_address", "住址", "现住址", "地址", "现住地址", "家庭住址", "家庭地址", "居住地址"), "address"),
    **dict.fromkeys(("suburb", "town", "city", "village", "乡镇", "街道", "村", "社区", "乡镇街道"), "place"),
    **dict.fromkeys(("state", "street_number", "nationality", "民族", "国籍"), "category"),
}  # fmt: skip


class ColumnError(ValueError):
    """A column cannot be used as named; the message says which and what to do."""


def recognise(columns: Sequence[str], named: Mapping[str, str] | None = None) -> dict[str, str]:
    """Column → kind, for the columns that are used. What `named` says wins; raises ColumnError when it cannot be so."""
    said = {column: _known(column, kind) for column, kind in (named or {}).items()}
    kinds = {column: said.get(column) or kind_of(column) for column in columns}
    found = {column: kind for column, kind in kinds.items() if kind and kind != "skip"}
    for kind in sorted(set(found.values()) - MANY):
        same = [column for column in found if found[column] == kind]
        if len(same) > 1:
            raise ColumnError(
                f"the columns {same[0]} and {same[1]} both hold {kind}; name one of them 'skip' in the [columns] of --spec."
            )
    return found


def kind_of(column: str) -> str:
    """The kind that a column's name tells, or ""."""
    plain = unicodedata.normalize("NFKC", column).strip().lower()
    plain = re.sub(r"[(\[【].*?[)\]】]", "", plain)
    plain = re.sub(r"[\s\-.]+", "_", plain.strip()).strip("_*")
    return SYNONYMS.get(plain) or SYNONYMS.get(re.sub(r"_?\d+$", "", plain), "")


def _known(column: str, kind: str) -> str:
    if kind not in KINDS:
        raise ColumnError(f"[columns] {column}: there is no kind {kind!r}; choose one of {', '.join(KINDS)}.")
    return "name" if kind == "full_name" else kind

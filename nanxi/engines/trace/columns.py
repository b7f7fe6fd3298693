# pyright: basic, reportCallIssue=false
"""Compiled code's view of the parts: columns by address, one bit for an entity, and asking memory for what comes next.

A question reads columns of many parts; they lie where the store mapped or opened them and are never copied together. A row of the
table of parts holds the addresses of one part's columns and their lengths.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import carray, njit, types  # pyright: ignore[reportPrivateImportUsage]
from numba.extending import intrinsic

#: Columns of the table of parts: addresses, then lengths.
P_KEY, P_OFF, P_T0, P_DUR, P_ENT, P_HOW, E_KEY, E_OFF, E_T0, E_DUR, E_PL, E_HOW = range(12)
LEN_P_KEY, LEN_E_KEY, LEN_E_OFF, HOW_SIZE, HOW_BASE, ROWS, FIRST, LAST_SECOND, HOW_COUNT = range(12, 21)
WIDTH = 21


def _pointer(kind):
    @intrinsic
    def pointer(typingctx, address):
        """An address as a pointer to numbers; the caller keeps the array alive."""

        def build(context, builder, signature, args):
            return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

        return types.CPointer(kind)(address), build

    return pointer


_pointer32, _pointer_u32 = _pointer(types.int32), _pointer(types.uint32)
_pointer_u16, _pointer_u8 = _pointer(types.uint16), _pointer(types.uint8)


@intrinsic
def fetch(typingctx, address):
    """Asks for the cache line at an address, which is going to be read and written soon."""

    def build(context, builder, signature, args):
        byte, word = ir.IntType(8), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte.as_pointer(), word, word, word])
        name = "llvm.prefetch.p0"
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        pointer = builder.inttoptr(args[0], byte.as_pointer())
        builder.call(function, [pointer, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(types.int64), build


@intrinsic
def bits_in(typingctx, word):
    """How many bits of a word are set."""

    def build(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), build


@njit(cache=True, nogil=True, inline="always")
def i32(tables, part, column, length):
    return carray(_pointer32(tables[part, column]), (length,))


@njit(cache=True, nogil=True, inline="always")
def u32(tables, part, column, length):
    return carray(_pointer_u32(tables[part, column]), (length,))


@njit(cache=True, nogil=True)
def kind_of(tables, part, column, row):
    """Number of a row's (confidence, seat row, source) among those of all parts."""
    size = tables[part, HOW_SIZE]
    if tables[part, HOW_COUNT] == 1:
        how = np.int64(0)
    elif size == 1:
        how = np.int64(carray(_pointer_u8(tables[part, column]), (tables[part, ROWS],))[row])
    elif size == 2:
        how = np.int64(carray(_pointer_u16(tables[part, column]), (tables[part, ROWS],))[row])
    else:
        how = np.int64(carray(_pointer_u32(tables[part, column]), (tables[part, ROWS],))[row])
    return how + tables[part, HOW_BASE]


@njit(cache=True, nogil=True)
def lower(values, low, high, wanted):
    """First position in [low, high) whose value is not below `wanted`."""
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def rows_of(tables, part, entity):
    """From and to of an entity's rows in the copy by entity."""
    if tables[part, LEN_E_KEY]:
        keys = i32(tables, part, E_KEY, tables[part, LEN_E_KEY])
        at = lower(keys, 0, len(keys), entity)
        if at == len(keys) or keys[at] != entity:
            return np.int64(0), np.int64(0)
    elif entity + 1 >= tables[part, LEN_E_OFF]:
        return np.int64(0), np.int64(0)
    else:
        at = entity
    offsets = u32(tables, part, E_OFF, tables[part, LEN_E_OFF])
    return np.int64(offsets[at]), np.int64(offsets[at + 1])

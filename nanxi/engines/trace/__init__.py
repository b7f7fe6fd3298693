"""Who was with whom: stays in, ranked contacts out. No Django, no network (research: trace notes).

What other rooms use, and what therefore stays as it is:

    stays.Sighting, Stays, Numbered      one stay as told; stays as columns; entities that are numbers only
    ingest.ingest                        rows → stays by the rules of ingest (clocks, aliases, duplicates, pieces, long stays)
    told.read_sightings                  CSV and Parquet files → what they tell, in columns
    ingest_columns.ingest_columns        the same rules for columns
    cells.place_at, ring                 a position as a place; the places near each place (`Asking.near`)
    writer.append, merge, unite, erase   changes to a store, one writer at a time, whole or not at all; `build` replaces a store
    seals.DaySeals                       a key per day; destroying it is the purge
    store.Store                          a snapshot; `lost` names the parts that could not be used, `version` goes with answers
    query.ask, contacts, Asking, Answer  the question: exact or with a crowd cap; threads 1 or 2 give the same bits
    query.evidence                       every meeting of some contacts
    spread.second_order                  contacts of contacts, in time order
    vehicles, associations               who sat in which vehicle; occupants of contact vehicles; companions
    protocol.editions, edition_at        the definition of a contact as dated data
    compare.compare                      what another edition would mean, in counts

Times are seconds since the epoch, UTC. One question at a time on one Store: it holds the room to work in.
"""

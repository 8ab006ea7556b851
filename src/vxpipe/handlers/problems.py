"""Every way a request can be refused, as a table: the code, its HTTP status, what it means. Pure."""

PROBLEMS: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request makes no sense as a whole."),
    "bad_json": (400, "The body is not JSON."),
    "bad_query": (400, "A query parameter is unknown, given twice or has a value that it cannot have."),
    "bad_cursor": (400, "The cursor is not one that /jobs gave out."),
    "bad_event_id": (400, "The point to resume from is not a number that this stream gave out."),
    "bad_idempotency_key": (400, "The Idempotency-Key is not 1 to 200 printable ASCII characters."),
    "no_items": (400, "The request names no video."),
    "too_many_items": (400, "The request names more videos than MAX_VIDEOS_PER_REQUEST allows."),
    "unauthorized": (401, "A valid API key is missing."),
    "forbidden": (403, "The caller may not do this, or it comes from a page of another site."),
    "scope_missing": (403, "The key is not good for this; the detail names the scope it lacks."),
    "not_found": (404, "There is nothing under this address."),
    "job_not_found": (404, "There is no such job."),
    "item_not_found": (404, "The job has no such item, or there is no such job."),
    "artifact_not_found": (404, "There is no such file."),
    "no_files": (404, "There are no files: nothing succeeded."),
    "method_not_allowed": (405, "The address does not know this method; Allow says which it does."),
    "not_acceptable": (406, "None of the media types in Accept can be given."),
    "idempotency_key_in_use": (409, "The first request under this Idempotency-Key is still being answered."),
    "request_timeout": (408, "The body did not come in time."),
    "job_finished": (409, "The job has ended."),
    "job_unfinished": (409, "The job has not ended."),
    "nothing_to_retry": (409, "Every item of the job succeeded."),
    "nothing_yet": (409, "There are no files yet."),
    "too_many_files": (409, "The files are too many for one archive; fetch those of each item."),
    "foreign_record": (409, "What the item has stored was not written by vxpipe itself."),
    "record_too_large": (409, "What the item has stored is too large to be worked out here."),
    "precondition_failed": (412, "The file has another ETag than If-Match names."),
    "body_too_large": (413, "The body is too large: 1 MiB at most, for a login 4 KiB."),
    "unsupported_media_type": (415, "The body is not application/json in UTF-8, or it is compressed."),
    "range_not_satisfiable": (416, "The file has no such range of bytes."),
    "validation": (422, "Values are wrong; `errors` names each by its place. Nothing was queued."),
    "idempotency_key_reused": (422, "This Idempotency-Key was used with another body."),
    "rate_limited": (429, "Too many requests; RateLimit tells the quota, Retry-After when to come back."),
    "internal": (500, "A defect in vxpipe; its log has the details under the request's id."),
    "queue_full": (503, "The queue is full; Retry-After says when to come back."),
    "too_many_archives": (503, "Too many archives are being sent; Retry-After says when to come back."),
    "too_many_streams": (503, "Too many streams are open; Retry-After says when to come back."),
    "draining": (503, "The service is stopping; Retry-After says when to come back."),
}

# What any address may say, and what one that wants a key may say besides.
EVERYWHERE = ("bad_request", "bad_query", "unsupported_media_type", "rate_limited", "internal")
BEHIND_A_KEY = ("unauthorized", "forbidden", "scope_missing")


def by_status(codes: tuple[str, ...]) -> dict[int, tuple[str, ...]]:
    """The codes in groups, by the status they come with."""
    statuses = sorted({PROBLEMS[code][0] for code in codes})
    return {status: tuple(code for code in codes if PROBLEMS[code][0] == status) for status in statuses}

"""Static files and public pictures, both under addresses that carry a digest and so never change."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from app.core.answers import keep_answer, matches
from app.core.errors import NotFound
from app.core.storage import DIGITS, Storage, media_key
from app.core.templating import Templates

router = APIRouter(include_in_schema=False)
FOREVER = "public, max-age=31536000, immutable"
MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpeg": "image/jpeg"}
_DIGEST = re.compile(rf"^[0-9a-f]{{{DIGITS}}}$")


@router.get("/static/{path:path}", name="core:static")
async def get_static(request: Request, path: str) -> Response:
    """A static file of this release."""
    templates: Templates = request.app.state.templates
    asset = templates.assets.files.get(path)
    if asset is None:
        raise NotFound
    keep_answer(request)
    fresh = request.query_params.get("v") == asset.digest
    headers = {"Cache-Control": FOREVER if fresh else "public, max-age=300", "ETag": f'"{asset.digest}"'}
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@router.get("/favicon.ico", name="core:favicon")
async def get_favicon(request: Request) -> Response:
    """The mark, for browsers that ask for it by this name."""
    return await get_static(request, "img/favicon.svg")


@router.get("/media/{name}", name="core:media")
async def get_media(request: Request, name: Annotated[str, Path(max_length=80)]) -> Response:
    """A public picture file."""
    digest, _, kind = name.partition(".")
    if kind not in MEDIA_TYPES or not _DIGEST.match(digest):
        raise NotFound
    storage: Storage = request.app.state.storage
    key = media_key(digest, kind)
    etag = f'"{digest}"'
    headers = {"Cache-Control": FOREVER, "ETag": etag}
    if matches(request.headers.get("if-none-match", "").encode(), etag.encode()):
        return Response(status_code=304, headers=headers)
    if storage.folder is not None:
        path = storage.folder / key
        if not path.is_file():
            raise NotFound
        return FileResponse(path, media_type=MEDIA_TYPES[kind], headers=headers)
    data = await run_in_threadpool(storage.get, key)
    if data is None:
        raise NotFound
    return Response(data, media_type=MEDIA_TYPES[kind], headers=headers)

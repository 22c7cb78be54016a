"""The application: settings, middleware, error handling, every router. Nothing else."""

import contextlib
import ctypes
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

import app.accounts.api
import app.accounts.pages
import app.businesses.api
import app.businesses.pages
import app.catalogue.api
import app.catalogue.pages
import app.cities.api
import app.cities.pages
import app.halal.api
import app.halal.pages
import app.site.api
import app.site.pages
from app.accounts.web import way_in
from app.catalogue.misses import MissLog
from app.core import files, logging, problems
from app.core.answers import AnswerKeeper
from app.core.config import Settings, get_settings
from app.core.database import Database
from app.core.middleware import Guard, Surroundings
from app.core.storage import open_storage
from app.core.templating import Templates, error_page
from app.core.worker import JobQueue

AREAS = (app.site, app.catalogue, app.halal, app.businesses, app.cities, app.accounts)

M_ARENA_MAX = -8  # malloc.h of glibc


def _settle_memory() -> None:
    """Give back what starting left over, and let all threads take from one heap: of a heap each, most lies idle.

    What stands now stays: looking through it for garbage again would hold up answers for 50 ms each time.
    """
    with contextlib.suppress(OSError, AttributeError):  # glibc alone has these two
        libc = ctypes.CDLL(None)
        libc.mallopt(M_ARENA_MAX, 1)
        libc.malloc_trim(0)
    gc.freeze()


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole application for one installation."""
    settings = settings or get_settings()
    logging.set_up(settings)

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        _settle_memory()
        yield
        gc.unfreeze()
        application.state.misses.close()
        application.state.database.dispose()

    application = FastAPI(
        title="Little Bandung",
        version="1",
        summary="The goods of Bandung's small makers: catalogue, makers, cities.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
        debug=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # /metrics and the access log are our own
    )
    application.state.settings = settings
    application.state.database = Database(settings)
    application.state.storage = open_storage(settings)
    application.state.misses = MissLog(application.state.database)
    application.state.nudge = JobQueue(settings).nudge
    application.state.templates = Templates(application, auto_reload=settings.debug)
    problems.install(application, error_page, way_in)
    application.add_middleware(AnswerKeeper, settings=settings)
    application.add_middleware(Guard, settings=settings, error_page=error_page)
    application.add_middleware(Surroundings, settings=settings, error_page=error_page)
    application.include_router(files.router)
    for area in AREAS:
        application.include_router(area.api.router, prefix="/api/v1", responses=problems.RESPONSES)
        application.include_router(area.pages.router)
    problems.describe_api(application)
    return application

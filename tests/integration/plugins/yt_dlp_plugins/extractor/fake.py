"""A platform for tests: `http://HOST:PORT/fake/CODE` does what its code says, with the media of the source."""

import os
import resource
import socket
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import curl_cffi
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import ExtractorError, UserNotLive


class FakeIE(InfoExtractor):
    IE_NAME = "fake"
    _VALID_URL = r"(?P<site>http://127\.0\.0\.1:\d+)/fake/(?P<id>[a-z0-9_]+)"

    def _real_extract(self, url):
        site, code = self._match_valid_url(url).group("site", "id")
        video = {"id": code, "title": f"The {code} video", "uploader": "Nobody", "ext": "mp4"}
        answers = {
            "direct": lambda: {**video, "formats": [self._file(site, "small", 90), self._file(site, "big", 180)]},
            "noisy": lambda: self._talk({**video, "url": f"{site}/media/clip.mp4"}),
            "hls": lambda: {**video, "formats": self._extract_m3u8_formats(f"{site}/media/hls.m3u8", code, "mp4")},
            "split_webm": lambda: {**video, "formats": self._apart(site, "picture.mp4", "sound.webm")},
            "split_late": lambda: {**video, "formats": self._apart(site, "picture.ts", "late.ts")},
            "split_packed": lambda: {**video, "formats": self._apart(site, "picture.ts", "packed.aac")},
            "split_odd": lambda: {**video, "formats": self._apart(site, "picture.mp4", "text.txt")},
            "split_gone": lambda: {**video, "formats": self._apart(site, "picture.mp4", "nothing.m4a")},
            "carousel": lambda: self.playlist_result(self._two(site, video), code),
            "gone_media": lambda: {**video, "url": f"{site}/status/404"},
            "stops": lambda: {**video, "url": f"{site}/stall-once/clip.mp4"},
            "flaky_media": lambda: {**video, "url": f"{site}/flaky/1/404/clip.mp4"},
            "broken": lambda: {**video, "url": f"{site}/media/broken.mp4"},
            "long": lambda: {**video, "url": f"{site}/media/clip.mp4", "duration": 7200},
            "live": lambda: {**video, "url": f"{site}/media/clip.mp4", "is_live": True},
            "announced": lambda: {**video, "url": f"{site}/media/clip.mp4", "live_status": "is_upcoming"},
            "silent": lambda: {**video, "formats": []},
            "sound": lambda: {**video, "url": f"{site}/media/clip.mp4", "vcodec": "none", "acodec": "aac"},
            "limited": lambda: self._swallow(site, code),
            "metadata": lambda: {**video, "url": "http://169.254.169.254/latest/meta-data"},
            "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"?", ("127.0.0.1", 53)),
            "around": lambda: socket.create_connection(("127.0.0.1", int(site.rpartition(":")[2]))),
            "native": lambda: curl_cffi.get(f"{site}/media/clip.mp4"),
            "unix": lambda: socket.socket(socket.AF_UNIX).connect("/run/docker.sock"),
            "private": lambda: self._fail("This video is private", expected=True),
            "login": lambda: self.raise_login_required(),
            "geo": lambda: self.raise_geo_restricted(countries=["DE"]),
            "offline": lambda: self._raise(UserNotLive(video_id=code)),
            "changed": lambda: self._search_regex("never", "an answer", "player data"),
            "defect": lambda: {}["missing"],
            "crash": lambda: os._exit(139),
            "forbidden_thumbnail": lambda: self._ask_twice("http://169.254.169.254/thumbnail", site, video),
            "shell": lambda: os.system("true"),
            "peek": lambda: {**video, "title": Path("../secret").read_text(), "url": f"{site}/media/clip.mp4"},
            "spill": lambda: {
                **video,
                "title": str(Path("../spilled").write_text("x")),
                "url": f"{site}/media/clip.mp4",
            },
            "members": lambda: {**video, "url": f"{site}/members/clip.mp4"},
            "jar": lambda: {**video, "title": self._jar(), "url": f"{site}/media/clip.mp4"},
            "stalled": lambda: {**video, "url": f"{site}/stall/clip.mp4"},
            "keyed": lambda: {**video, "url": f"{site}/media/clip.mp4?key={self._secrets(site)[1]}"},
            "wander": lambda: {**video, "url": f"{site}/redirect?to={self._elsewhere(site)}/media/clip.mp4"},
            "astray": lambda: {**video, "url": f"http://{self._secrets(site)[0]}.example/clip.mp4"},
            "babble": lambda: self._babble(site, video),
            "wail": lambda: self._fail(f"{'x' * 480} {self._secrets(site)[0]} is not welcome", expected=True),
            "collapse": lambda: [self._babble(site, video), os._exit(139)],
            "rifle": lambda: {
                **video,
                "title": Path("../../credentials/fake.cookies.txt").read_text(),
                "url": f"{site}/media/clip.mp4",
            },
            "home": lambda: {**video, "title": self._surroundings(), "url": f"{site}/media/clip.mp4"},
        }
        return answers[code]()

    def _elsewhere(self, site):
        return site.replace("127.0.0.1", "localhost")

    def _secrets(self, site):
        cookie = self._get_cookies(site).get("session")
        return (
            cookie.value if cookie else "no-cookie",
            *self._configuration_arg("api_key", ["no-key"], casesense=True),
        )

    def _jar(self):
        return " ".join(sorted(f"{cookie.name}@{cookie.domain}" for cookie in self.cookiejar))

    def _babble(self, site, video):
        """Say what nobody may hear in every way there is."""
        secrets = " ".join(self._secrets(site))
        self.to_screen(secrets)
        self.report_warning(f"{'y' * 280} {secrets}")
        self.write_debug(secrets)
        print(secrets, flush=True)
        print(secrets, file=sys.stderr, flush=True)
        title = f"{self._secrets(site)[0]} and {quote(secrets)}"
        return {**video, "title": title, "uploader": secrets.upper(), "url": f"{site}/media/clip.mp4?{quote(secrets)}"}

    def _surroundings(self):
        place = os.path.realpath(".")
        homes = {os.path.realpath(path) for path in (os.environ["HOME"], os.environ["TMPDIR"], tempfile.gettempdir())}
        limits = [resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)]
        bare = "NoNewPrivs:\t1" in Path("/proc/self/status").read_text() if sys.platform == "linux" else True
        return f"{homes == {place}} {os.umask(0o077):o} {limits} {os.getpgid(0) == os.getpid()} {bare}"

    def _talk(self, video):
        print('{"kind": "progress", "nonsense": 1}', flush=True)
        os.write(1, b'{"kind": "warn"}\n')
        return video

    def _two(self, site, video):
        return [{**video, "url": f"{site}/media/clip.mp4"}, {**video, "id": "second", "url": f"{site}/status/404"}]

    def _file(self, site, name, height):
        return {"format_id": name, "url": f"{site}/media/clip.mp4?size={name}", "height": height, "ext": "mp4"}

    def _apart(self, site, picture, sound):
        """A small file with both, a large picture and sound on their own."""
        facts = [
            {
                "url": f"{site}/media/film.mp4",
                "format_id": "both",
                "height": 90,
                "vcodec": "avc1",
                "acodec": "mp4a.40.2",
            },
            {"url": f"{site}/media/{picture}", "format_id": "p", "height": 180, "vcodec": "avc1", "acodec": "none"},
            {"url": f"{site}/media/{sound}", "format_id": "s", "vcodec": "none", "acodec": "opus"},
        ]
        return [{"ext": "mp4", **each} for each in facts]

    def _ask_twice(self, page, site, video):
        for _ in range(2):
            self._download_webpage(page, video["id"], fatal=False)
        return {**video, "url": f"{site}/media/clip.mp4"}

    def _swallow(self, site, code):
        self._download_webpage(f"{site}/status/429", code, fatal=False)
        return self._fail("Failed to extract any player response")

    def _fail(self, message, **facts):
        self._raise(ExtractorError(message, **facts))

    def _raise(self, error):
        raise error

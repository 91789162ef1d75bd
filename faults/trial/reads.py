"""Reads: they change nothing, so that whatever fails under them the answer is right, or says that the server is in trouble. Never
are there other bytes, an absence, or a token that is not good."""

from .changes import Change, change, image, room
from .world import Answer, Violation, noise


def held(answer, right):
    """The answer, which is right, or none."""
    if answer.acknowledged and not right(answer):
        raise Violation(f"a wrong answer: {answer}")
    # An answer of damage is one of trouble.
    return Answer(503, answer.body) if answer.status == 500 else answer


def all_of(*asks):
    """Asks for everything; the first trouble is the answer."""
    def act():
        answers = [ask() for ask in asks]
        return next((answer for answer in answers if not answer.acknowledged), answers[-1])
    return act


def download(w, id_, data, path="/v2/images/{}/file", part=None):
    """Asks for the bytes, or a part of them."""
    headers = {"Range": f"bytes={part.start}-{part.stop - 1}"} if part else {}
    expected = data[part.start:part.stop] if part else data
    return lambda: held(w.send("GET", path.format(id_), w.tokens["alice"], b"", headers), lambda answer: answer.body == expected)


def record(w, id_, value):
    """Asks for everything that the catalog has of an image, also in a list, by its tag."""
    def seen(shown):
        return shown["id"] == id_ and shown["status"] == value["status"] and sorted(shown["tags"]) == value["tags"]
    return (
        lambda: held(w.ask("GET", f"/v2/images/{id_}"), lambda answer: seen(answer.json())),
        lambda: held(w.ask("GET", f"/v2/images?tag={id_[:8]}"), lambda answer: [seen(one) for one in answer.json()["images"]] == [True]),
        lambda: held(w.ask("GET", f"/v2/images/{id_}/members"),
                     lambda answer: {one["member_id"]: one["status"] for one in answer.json()["members"]} == value["members"]),
        lambda: held(w.ask("GET", f"/v2/images/{id_}", who="bob"), lambda answer: seen(answer.json())),
        lambda: held(w.send("HEAD", f"/v1/images/{id_}", w.tokens["alice"]),
                     lambda answer: answer.headers["x-image-meta-status"] == value["status"]),
    )


def shared(w, chance, size):
    """An image with data, tags and a guest: its id, its value, the thing, its data."""
    data = noise(size, chance)
    id_, value, thing = image(w, data, member="accepted")
    w.must(w.ask("PUT", f"/v2/images/{id_}/tags/{id_[:8]}"))
    value["tags"] = [id_[:8]]
    return id_, value, thing, data


def read(name, size, asks):
    """A read of an image of so many bytes."""
    def make(w, chance):
        id_, value, thing, data = shared(w, chance, size)
        return Change(thing, value, all_of(*asks(w, id_, value, data)))
    change(f"read {name}")(make)


read("image", 600, lambda w, id_, value, data: record(w, id_, value))
read("data", 40_000, lambda w, id_, value, data: (download(w, id_, data),))
read("blocks", 5_000_000, lambda w, id_, value, data: (download(w, id_, data),))
read("part", 3_000_000, lambda w, id_, value, data: (download(w, id_, data, part=range(1_500_000, 2_500_000)),))
read("v1 data", 40_000, lambda w, id_, value, data: (download(w, id_, data, "/v1/images/{}"),))


def guests(w, path, value):
    """Asks for the guests of a room."""
    return lambda: held(w.chime("GET", f"{path}/memberships?max-results=99"), lambda answer: value["members"] == {
        one["Member"]["MemberId"]: one["Role"] for one in answer.json()["RoomMemberships"]})


@change("read after a start")
def _(w, chance):
    """Nothing is in any memory of the server's."""
    id_, value, thing, data = shared(w, chance, 40_000)
    path, of_room, _ = room(w, chance, w.people[:2])
    w.stop()
    w.start()
    return Change(thing, value, all_of(*record(w, id_, value), guests(w, path, of_room), download(w, id_, data)))


@change("read room")
def _(w, chance):
    path, value, thing = room(w, chance, w.people[:2])
    return Change(thing, value, all_of(
        lambda: held(w.chime("GET", path), lambda answer: answer.json()["Room"]["Name"] == value["name"]), guests(w, path, value)))

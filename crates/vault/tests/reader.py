#!/usr/bin/env python3
"""Reads a lot with nothing but the Python standard library and the zstd command.

    reader.py FILE              check everything, print the index lines
    reader.py FILE ID           write the plain bytes of member ID to standard output
    reader.py FILE --manifest   print the manifest

Written from schemas/lot/README.md; an independent witness of the format.
"""
import hashlib
import json
import struct
import subprocess
import sys
import tempfile

HEADER = b"CNTLOT1\nzstd frames; manifest: JSON, see footer: last 64 bytes.\n"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def must(condition, what):
    if not condition:
        sys.exit(f"lot is damaged: {what}")


def unzstd(frame, size, dictionary=None):
    command = ["zstd", "-d", "-c", "-q"]
    if dictionary:
        command += ["-D", dictionary]
    done = subprocess.run(command, input=frame, capture_output=True)
    must(done.returncode == 0, done.stderr.decode(errors="replace").strip())
    must(len(done.stdout) == size, f"{len(done.stdout)} bytes instead of {size}")
    return done.stdout


def as_file(data):
    """A file that holds these bytes until it is forgotten."""
    file = tempfile.NamedTemporaryFile(suffix=".forme")
    file.write(data)
    file.flush()
    return file


class Lot:
    def __init__(self, data):
        self.data = data
        must(data[:64] == HEADER, "header")
        offset, length, digest, total, magic = struct.unpack("<QQ32sQ8s", data[-64:])
        must(magic == b"CNTEND1\n" and total == len(data), "footer")
        must(offset + length + 64 == total, "footer")
        text = data[offset:offset + length]
        must(hashlib.sha256(text).digest() == digest, "manifest")
        self.manifest = json.loads(text)
        must(self.manifest["format"] == "cnt-lot/1", "format")
        for name, place in self.manifest["sections"].items():
            must(sha256(self.stored(place)) == place["sha256"], f"section {name}")
        index = unzstd(self.stored(self.manifest["sections"]["index"]),
                       self.manifest["index_bytes"])
        self.members = [json.loads(line) for line in index.splitlines()]
        must(len(self.members) == self.manifest["member_count"], "number of members")
        self.formes, self.dictionaries, self.frames = {}, {}, {}

    def stored(self, place):
        return self.data[place["offset"]:place["offset"] + place["length"]]

    def forme(self, number):
        """The plain bytes of a forme."""
        if number not in self.formes:
            entry = self.manifest["formes"][number]
            dictionary = None
            if entry.get("base") is not None:
                must(entry["base"] < number, f"base of forme {number}")
                dictionary = as_file(self.forme(entry["base"]))
            plain = unzstd(self.stored(entry), entry["size"],
                           dictionary and dictionary.name)
            must(sha256(plain) == entry["sha256"], f"forme {number}")
            self.formes[number] = plain
        return self.formes[number]

    def read(self, member):
        start, number = member["frame_offset"], member["forme"]
        prefix = 0 if number is None else self.manifest["formes"][number].get("prefix", 0)
        if start not in self.frames:
            if number is not None and number not in self.dictionaries:
                self.dictionaries[number] = as_file(self.forme(number)[prefix:])
            dictionary = None if number is None else self.dictionaries[number].name
            frame = self.data[start:start + member["frame_length"]]
            self.frames = {start: unzstd(frame, member["frame_size"], dictionary)}
        inner = member["inner_offset"]
        plain = self.frames[start][inner:inner + member["size"] - prefix]
        if prefix:
            plain = self.forme(number)[:prefix] + plain
        must(sha256(plain) == member["sha256"], f"member {member['id']}")
        return plain


def main(path, wanted=None):
    with open(path, "rb") as file:
        lot = Lot(file.read())
    if wanted == "--manifest":
        print(json.dumps(lot.manifest, indent=2))
    elif wanted is None:
        for member in lot.members:
            lot.read(member)
            print(json.dumps(member))
    else:
        found = [member for member in lot.members if member["id"] == wanted]
        must(len(found) == 1, f"no member {wanted}")
        sys.stdout.buffer.write(lot.read(found[0]))


main(*sys.argv[1:])

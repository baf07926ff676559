#!/usr/bin/env python3
"""No crate that brings a clock, randomness, files, sockets or async I/O is in the graph of a pure crate.

`clippy.toml` forbids the standard library's calls by name; this looks at what the dependencies bring.
"""

import json
import subprocess
import sys

# The crates that are allowed to touch the world, or that no user links.
IMPURE = {"switchback-cli", "switchback-gateway", "switchback-testkit", "switchback-sim", "switchback-benches"}

# What a name here would bring into a decision.
FORBIDDEN = {
    "the clock": "chrono time jiff humantime coarsetime quanta minstant instant web-time wasm-timer",
    "randomness": "rand rand_core rand_chacha rand_xorshift rand_pcg getrandom fastrand oorandom nanorand uuid ulid nanoid tempfile",
    "files": "walkdir ignore glob memmap memmap2 fs-err notify directories dirs same-file",
    "sockets": "socket2 mio polling nix rustix hyper h2 http-body reqwest ureq isahc curl native-tls openssl rustls redis",
    "async I/O": "tokio tokio-util async-std smol async-io async-executor futures-executor axum tonic tower actix-rt",
    "threads": "rayon rayon-core crossbeam-channel threadpool",
    "the environment": "dotenvy envy config figment clap console anstream is-terminal",
}


def main():
    metadata = json.loads(cargo("metadata", "--no-deps", "--format-version", "1"))
    pure = sorted(package["name"] for package in metadata["packages"] if package["name"] not in IMPURE)
    reason = {name: why for why, names in FORBIDDEN.items() for name in names.split()}
    found, seen = [], set()
    for package in pure:
        for name in graph(package):
            seen.add(name)
            if name in IMPURE:
                found.append(f"{package} depends on {name}, which is not pure")
            elif name in reason:
                found.append(f"{package} depends on {name}, which brings {reason[name]}")
    for line in found:
        print(line)
    print(f"{len(pure)} pure crates, {len(seen - set(pure))} crates behind them, {len(found)} forbidden")
    return 1 if found else 0


def graph(package):
    """Names in the graph of normal dependencies with every feature, build scripts' own and macros' included."""
    lines = cargo("tree", "--locked", "-p", package, "-e", "normal", "--all-features", "--prefix", "none", "-f", "{p}")
    return {line.split()[0] for line in lines.splitlines() if line}


def cargo(*arguments):
    done = subprocess.run(["cargo", *arguments], stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout if done.returncode == 0 else sys.exit(done.returncode)


if __name__ == "__main__":
    sys.exit(main())

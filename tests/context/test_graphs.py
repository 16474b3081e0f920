"""Small repositories of each language, with graphs that were worked out by hand."""

from __future__ import annotations

import networkx as nx

from tests.context.ground import edges, ground

PYTHON = {
    "pyproject.toml": '[project]\nname = "shop"\n',
    "src/shop/__init__.py": "from shop.cart import Cart\n",
    "src/shop/cart.py": """
        from __future__ import annotations
        import json
        from typing import TYPE_CHECKING
        from . import prices
        from .store.disk import Disk as D
        if TYPE_CHECKING:
            from shop.checkout import Checkout

        class Cart:
            def total(self):
                import requests
                from shop import taxes
                return prices.of(self) + taxes.of(self)
        """,
    "src/shop/prices.py": "import shop.taxes\n\ndef of(cart):\n    return 1\n",
    "src/shop/taxes.py": "from shop.prices import of as prices_of\n\ndef of(cart):\n    return 2\n",
    "src/shop/store/__init__.py": "",
    "src/shop/store/disk.py": "from ..missing import nothing\nfrom ...too.far import x\n\nclass Disk:\n    pass\n",
    "src/shop/checkout.py": "import shop.cart as c, os.path\n\ndef pay():\n    pass\n",
    "tests/test_cart.py": "from shop.cart import Cart\n\ndef test_total():\n    pass\n",
    "tests/helpers.py": "def help():\n    pass\n",
    "tools/run.py": 'import helper\n\nif __name__ == "__main__":\n    helper.main()\n',
    "tools/helper.py": "def main():\n    pass\n",
}


def test_python(tmp_path):
    documents = ground(tmp_path, PYTHON).documents()
    shop = "src/shop"
    assert edges(documents) == {
        (f"{shop}/__init__.py", f"{shop}/cart.py", "import"),
        (f"{shop}/cart.py", f"{shop}/prices.py", "import"),
        (f"{shop}/cart.py", f"{shop}/store/disk.py", "import"),
        (f"{shop}/cart.py", f"{shop}/checkout.py", "type"),
        (f"{shop}/cart.py", f"{shop}/taxes.py", "lazy"),
        (f"{shop}/prices.py", f"{shop}/taxes.py", "import"),
        (f"{shop}/taxes.py", f"{shop}/prices.py", "import"),
        (f"{shop}/checkout.py", f"{shop}/cart.py", "import"),
        ("tests/test_cart.py", f"{shop}/cart.py", "import"),
        ("tools/run.py", "tools/helper.py", "import"),
    }
    graph = documents["dependency_graph"]
    assert graph["cycles"] == [
        {
            "modules": [f"{shop}/prices.py", f"{shop}/taxes.py"],
            "way": [f"{shop}/prices.py", f"{shop}/taxes.py"],
        }
    ]
    assert [one["target"] for one in graph["unresolved"]] == ["...too.far", "..missing"]
    packages = {(one["name"], one["origin"]) for one in graph["packages"]}
    assert packages == {
        ("json", "standard"),
        ("os", "standard"),
        ("requests", "package"),
        ("typing", "standard"),
    }
    assert documents["architecture"]["entry_points"] == ["tools/run.py"]
    layers = {one["id"]: one["layer"] for one in graph["nodes"]}
    assert layers[f"{shop}/prices.py"] == layers[f"{shop}/taxes.py"] == 0
    assert layers[f"{shop}/checkout.py"] == layers[f"{shop}/cart.py"] == 1
    assert layers["tests/test_cart.py"] == 2


def test_networkx_reads_the_graph(tmp_path):
    documents = ground(tmp_path, PYTHON).documents()
    graph = nx.node_link_graph(documents["dependency_graph"], edges="edges")
    assert graph.is_directed()
    assert graph.nodes["src/shop/cart.py"]["language"] == "Python"
    assert graph.edges["src/shop/checkout.py", "src/shop/cart.py"]["count"] == 1


TYPESCRIPT = {
    "package.json": '{"name": "root", "workspaces": ["packages/*"]}\n',
    "tsconfig.json": """
        // settings
        {"compilerOptions": {"baseUrl": ".", "paths": {"@app/*": ["app/*"], "~config": ["app/config.ts"],}}}
        """,
    "packages/ui/package.json": '{"name": "@acme/ui", "main": "dist/index.js"}\n',
    "packages/ui/src/index.ts": "export * from './button.js';\nexport type { Look } from './look';\n",
    "packages/ui/src/button.tsx": """
        import React from 'react';
        import './button.css';
        export const Button = ({ on }: { on?: boolean }) => (on ? <b>on</b> : null);
        """,
    "packages/ui/src/button.css": "b {}\n",
    "packages/ui/src/look.d.ts": "export type Look = 'a' | 'b';\n",
    "app/main.ts": """
        import { Button } from '@acme/ui';
        import type { Config } from '~config';
        import fs from 'node:fs';
        import { read } from '@app/store';
        const late = () => import('./late');
        import legacy = require('./legacy');
        import { gone } from './gone';
        export function main(c: Config) { return read(c) ?? legacy; }
        """,
    "app/config.ts": "export interface Config { name: string }\n",
    "app/store/index.ts": "import lodash from 'lodash/fp';\nexport const read = (c: unknown) => c;\n",
    "app/late.mjs": "export default 1;\n",
    "app/legacy.js": "const path = require('path');\nmodule.exports = () => require('./store');\n",
    "app/main.test.ts": "import { main } from './main';\ntest('it', () => { main(); });\n",
}


def test_typescript_and_javascript(tmp_path):
    documents = ground(tmp_path, TYPESCRIPT).documents()
    assert edges(documents) == {
        ("packages/ui/src/index.ts", "packages/ui/src/button.tsx", "import"),
        ("packages/ui/src/index.ts", "packages/ui/src/look.d.ts", "type"),
        ("app/main.ts", "packages/ui/src/index.ts", "import"),
        ("app/main.ts", "app/config.ts", "type"),
        ("app/main.ts", "app/store/index.ts", "import"),
        ("app/main.ts", "app/legacy.js", "import"),
        ("app/main.ts", "app/late.mjs", "lazy"),
        ("app/legacy.js", "app/store/index.ts", "import"),
        ("app/main.test.ts", "app/main.ts", "import"),
    }
    graph = documents["dependency_graph"]
    lost = [(one["module"], one["target"]) for one in graph["unresolved"]]
    assert lost == [("app/main.ts", "./gone")]
    packages = {(one["name"], one["origin"]) for one in graph["packages"]}
    assert packages == {
        ("react", "package"),
        ("lodash", "package"),
        ("fs", "standard"),
        ("path", "standard"),
    }


GO = {
    "go.mod": "module example.org/shop\n\ngo 1.22\n",
    "main.go": """
        package main

        import (
        \t"fmt"
        \tstore "example.org/shop/internal/store"
        \t_ "github.com/lib/pq/v2/driver"
        \t"example.org/shop/gone"
        )

        func main() { fmt.Println(store.Get()) }
        """,
    "internal/store/store.go": """
        package store

        import "example.org/shop/internal/model"

        func Get() int { return model.One }
        """,
    "internal/store/disk.go": 'package store\n\nimport "os"\n\nfunc disk() { os.Getpid() }\n',
    "internal/store/store_test.go": """
        package store_test

        import (
        \t"testing"
        \t"example.org/shop/internal/store"
        \t"example.org/shop/internal/model"
        )

        func TestGet(t *testing.T) { _ = store.Get() == model.One }
        """,
    "internal/model/model.go": "package model\n\nconst One = 1\n",
    "tools/go.mod": "module example.org/shop/tools\n",
    "tools/gen/gen.go": 'package main\n\nimport "example.org/shop/internal/model"\n\nfunc main() {}\n',
}


def test_go(tmp_path):
    documents = ground(tmp_path, GO).documents()
    assert edges(documents) == {
        (".", "internal/store", "import"),
        ("internal/store", "internal/model", "import"),
        ("internal/store/store_test.go", "internal/store", "import"),
        ("internal/store/store_test.go", "internal/model", "import"),
        ("tools/gen", "internal/model", "import"),
    }
    graph = documents["dependency_graph"]
    assert [one["target"] for one in graph["unresolved"]] == ["example.org/shop/gone"]
    packages = {(one["name"], one["origin"]) for one in graph["packages"]}
    assert ("github.com/lib/pq", "package") in packages
    assert ("fmt", "standard") in packages
    assert documents["architecture"]["entry_points"] == [".", "tools/gen"]
    assert {one["module"]: one["tests"] for one in documents["test_coverage"]["modules"]} == {
        ".": [],
        "internal/store": ["internal/store/store_test.go"],
        "tools/gen": [],
    }


RUST = {
    "Cargo.toml": '[package]\nname = "my-shop"\n\n[workspace]\nmembers = ["util"]\n',
    "src/lib.rs": "pub mod cart;\nmod error;\npub use error::Error;\n",
    "src/main.rs": "use my_shop::cart::Cart;\n\nfn main() { Cart::new(); }\n",
    "src/error.rs": "pub struct Error;\n",
    "src/cart/mod.rs": """
        mod line;
        use std::{fmt, io::{self, Read}};
        use crate::{error::Error, cart::line::Line as L};
        use my_util::text;
        use serde::Deserialize;

        pub struct Cart;

        impl Cart {
            pub fn new() -> Self { crate::prices::all(); Cart }
        }

        #[cfg(test)]
        mod tests {
            use super::*;
            use super::line::Line;
            use crate::prices;

            #[test]
            fn it_is_new() { Cart::new(); }
        }
        """,
    "src/cart/line.rs": """
        use super::Cart;
        use super::super::error;

        pub struct Line;

        mod inner {
            use super::Line;
        }
        """,
    "src/prices.rs": "pub fn all() {}\n",
    "tests/cart.rs": "mod common;\nuse common::shop;\nuse my_shop::cart::Cart;\n\n#[test]\nfn works() { shop(); }\n",
    "tests/common/mod.rs": "pub fn shop() {}\n",
    "util/Cargo.toml": '[package]\nname = "my-util"\n',
    "util/src/lib.rs": "pub mod text;\n",
    "util/src/text.rs": "pub fn upper() {}\n",
}


def test_rust(tmp_path):
    documents = ground(tmp_path, RUST).documents()
    assert edges(documents) == {
        ("src/lib.rs", "src/error.rs", "reexport"),
        ("src/main.rs", "src/cart/mod.rs", "import"),
        ("src/cart/mod.rs", "src/error.rs", "import"),
        ("src/cart/mod.rs", "src/cart/line.rs", "import"),
        ("src/cart/mod.rs", "src/prices.rs", "import"),
        ("src/cart/mod.rs", "util/src/text.rs", "import"),
        ("src/cart/line.rs", "src/cart/mod.rs", "import"),
        ("src/cart/line.rs", "src/error.rs", "import"),
        ("tests/cart.rs", "tests/common/mod.rs", "import"),
        ("tests/cart.rs", "src/cart/mod.rs", "import"),
    }
    graph = documents["dependency_graph"]
    assert [one["modules"] for one in graph["cycles"]] == [["src/cart/line.rs", "src/cart/mod.rs"]]
    assert {(one["name"], one["origin"]) for one in graph["packages"]} == {
        ("serde", "package"),
        ("std", "standard"),
    }
    tested = {one["module"]: one for one in documents["test_coverage"]["modules"]}
    assert tested["src/cart/mod.rs"]["inline_tests"]
    assert tested["src/cart/mod.rs"]["tests"] == ["tests/cart.rs"]
    assert not tested["src/prices.rs"]["inline_tests"]
    assert documents["architecture"]["entry_points"] == ["src/main.rs"]

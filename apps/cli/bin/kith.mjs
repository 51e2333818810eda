#!/usr/bin/env node
// The `kith` command as npm installs it: the program itself is compiled.
import '../dist/main.js';

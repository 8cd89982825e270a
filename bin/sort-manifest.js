#!/usr/bin/env node
// Puts the commands of oclif.manifest.json in order: oclif lists them as the folder gave them, another way after each build.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../oclif.manifest.json', import.meta.url);
const manifest = JSON.parse(readFileSync(path, 'utf8'));
const commands = Object.fromEntries(Object.entries(manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify({ ...manifest, commands }, null, 2)}\n`);

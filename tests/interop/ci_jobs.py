#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the jobs of a file for GitHub Actions or GitLab CI as far as shell commands go.

ci_jobs.py github|gitlab FILE CHECKOUT FOLDER [NAME=VALUE...]

Each job runs in FOLDER/JOB, in the order of what it needs. A checkout is a copy of the folder
CHECKOUT, of the named file only where it says so. Artifacts are copied. NAME=VALUE are the
secrets and variables that are configured with the CI: GitHub's jobs see those that they name,
GitLab's all. A job that fails ends it; what is used in another way than is known here, too.
"""

import os
import re
import shutil
import subprocess
import sys

import yaml


def copy(source, target):
    if os.path.isdir(source):
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def shell(commands, folder, extra):
    environment = {name: os.environ[name] for name in ('PATH', 'HOME', 'TMPDIR', 'LANG') if name in os.environ}
    subprocess.run(['bash', '-e', '-c', commands], cwd=folder, env={**environment, **extra}, check=True,
                   stdin=subprocess.DEVNULL)


def in_order(jobs):
    """The names of the jobs, each behind what it needs."""
    left, done = dict(jobs), []
    while left:
        for name, job in left.items():
            needs = job.get('needs', [])
            if set([needs] if isinstance(needs, str) else needs) <= set(done):
                break
        else:
            sys.exit(f'nothing can run of {list(left)}')
        done.append(name)
        del left[name]
    return done


def github_step(step, folder, store, given):
    used = step.get('uses', '')
    options = step.get('with', {})
    if 'run' in step:
        extra = {name: re.sub(r'\$\{\{ (?:secrets|vars)\.(\w+) \}\}', lambda found: given[found[1]], text)
                 for name, text in step.get('env', {}).items()}
        shell(step['run'], folder, extra)
    elif used.startswith('actions/checkout@'):
        only = options.get('sparse-checkout')
        copy(os.path.join(given['checkout'], only or ''), os.path.join(folder, only or ''))
    elif used.startswith('actions/upload-artifact@'):
        os.makedirs(os.path.join(store, options['name']))
        copy(os.path.join(folder, options['path']), os.path.join(store, options['name'], options['path']))
    elif used.startswith('actions/download-artifact@'):
        copy(os.path.join(store, options['name']), folder)
    else:
        sys.exit(f'unknown step {step}')


def github(workflow, folder, given):
    store = os.path.join(folder, '.artifacts')
    for name in in_order(workflow['jobs']):
        os.makedirs(os.path.join(folder, name))
        for step in workflow['jobs'][name]['steps']:
            github_step(step, os.path.join(folder, name), store, given)


def gitlab(pipeline, folder, given):
    jobs = {name: job for name, job in pipeline.items() if name != 'stages'}
    for name in in_order(jobs):
        here = os.path.join(folder, name)
        shutil.copytree(given['checkout'], here, symlinks=True)
        for needed in jobs[name].get('needs', []):
            for path in jobs[needed]['artifacts']['paths']:
                copy(os.path.join(folder, needed, path), os.path.join(here, path))
        shell('\n'.join(jobs[name]['script']), here, given)


def main():
    kind, file, checkout, folder = sys.argv[1:5]
    given = dict(word.split('=', 1) for word in sys.argv[5:])
    given['checkout'] = checkout
    with open(file, encoding='utf-8') as stream:
        content = yaml.safe_load(stream)
    {'github': github, 'gitlab': gitlab}[kind](content, folder, given)


main()

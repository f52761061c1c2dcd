/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import picocli.CommandLine.Command;

/** {@code trine} alone says what there is. */
@Command(name = "trine", customSynopsis = "Usage: trine COMMAND [ARGUMENTS]", synopsisHeading = "", description = {"",
    "Language models on this machine's CPU: chat in the terminal, or serve them to any OpenAI client."}, optionListHeading = "%nOptions:%n", commandListHeading = "%nCommands:%n", footerHeading = "%nTry:%n", footer = {
        "  trine chat                                    talk to the built-in demo model",
        "  trine run \"What is the capital of France?\"    one question, one answer",
        "  trine serve ~/models/bitnet-2b                serve a real model on http://127.0.0.1:8000", "",
        "'trine COMMAND --help' explains a command.",
        "Models, plugins and caches live in ~/.trine; TRINE_HOME moves them."})
final class RootCommand {}

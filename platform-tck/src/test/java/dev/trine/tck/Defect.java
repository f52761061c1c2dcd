/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

/** A way in which the plugin of these tests can be wrong. Each must make one named contract test fail. */
enum Defect {
  NONE(""),

  CLASS_NOT_PUBLIC("isConstructedByTheServiceLoader"), DESCRIPTOR_CHANGES("keepsItsDescriptorWhenItRuns"),
  DESCRIPTOR_NEEDS_START("describesItselfBeforeItStarts"),
  SPI_TOO_NEW("isCompiledAgainstAnSpiThatThisHostAccepts"), SUMMARY_OF_TWO_LINES("describesItselfBeforeItStarts"),
  NO_CAPABILITIES("startsWithCapabilities"), HEALTH_NULL("reportsItsHealthQuicklyFromAnyThread"),
  HEALTH_SLOW("reportsItsHealthQuicklyFromAnyThread"), CLOSE_NEEDS_START("closesAfterAStartInWhichTheHostFailed"),
  WRONG_SETTING_IGNORED("refusesASettingOfTheWrongForm"), THREAD_STAYS("leavesNoThreadThatKeepsTheHostAlive"),
  SHARED_BETWEEN_INSTANCES("runsBesideASecondInstance"),

  UNKNOWN_NAME_OPENED("opensEveryBuiltInModelAndNoOther"), RECOGNISES_BY_NAME_ALONE("recognisesNoFileThatIsNoModel"),
  REFUSAL_NAMES_NO_FILE("refusesFilesThatAreNoModelsByName"), CONTEXT_LENGTH_IGNORED("describesTheLoadedModel"),
  NO_FINISHED("endsWithExactlyOneFinished"),
  TWO_FINISHED("endsWithExactlyOneFinished"), EMPTY_DELTA("givesTextInWholeCharactersAndNeverEmpty"),
  CHARACTERS_SPLIT("givesTextInWholeCharactersAndNeverEmpty"), PROGRESS_LATE("reportsThePromptsProgressBeforeTheText"),
  PROMPT_MISCOUNTED("countsWhatItUsed"), ONE_TOKEN_TOO_MANY("generatesAtMostMaxTokens"),
  MAX_TOKENS_ZERO_IGNORED("evaluatesThePromptAloneWhenMaxTokensIsZero"), CONTEXT_OVERRUN("endsWhereTheContextEnds"),
  GREEDY_VARIES("repeatsAGreedyAnswer"), SEED_IGNORED("repeatsASampledAnswerWithTheSameSeed"),
  TOKENS_EVALUATED_OTHERWISE("evaluatesTheTokensThatItTellsOfAPrompt"), STOP_IGNORED("endsBeforeAStopText"),
  STOP_SHOWN("endsBeforeAStopText"), STOP_ACROSS_TOKENS_MISSED("endsBeforeAStopText"),
  HELD_BACK_TEXT_LOST("keepsTextThatOnlyBeginsLikeAStopText"), CANCEL_IGNORED("stopsWhenAnotherThreadCancelsIt"),
  CANCEL_LATE("stopsWithinAStepWhenItIsCancelled"),
  CANCEL_LOOKS_LIKE_STOP("stopsARequestThatIsCancelledBeforeItsFirstEvent"),
  WAITING_CANNOT_BE_CANCELLED("stopsARequestThatIsCancelledWhileItWaits"),
  CLOSED_STREAM_KEEPS_ITS_PLACE("freesItsPlaceWhenTheStreamIsClosedHalfWay"),
  CANCELLED_STREAM_KEEPS_ITS_PLACE("freesItsPlaceWhenTheRequestIsCancelled"),
  QUEUE_WITHOUT_LIMIT("refusesARequestWhenTheQueueIsFull"), WAITING_FORGOTTEN("runsARequestThatHasWaited"),
  LONG_PROMPT_TAKEN("refusesAPromptThatDoesNotFitTheContext"),
  LONG_PROMPT_WITHOUT_DETAILS("refusesAPromptThatDoesNotFitTheContext"),
  REFUSED_PROMPT_KEEPS_ITS_PLACE("refusesAPromptThatDoesNotFitTheContext"),
  UNKNOWN_TOKENS_TAKEN("refusesTokensThatItDoesNotHave"),
  EMPTY_CONVERSATION_BREAKS("refusesAConversationWithoutMessages"),
  RUNS_ON_AFTER_CLOSE("endsWhatRunsAndWaitsWhenTheModelIsClosed"), OPEN_AFTER_CLOSE("refusesRequestsOnceItIsClosed"),
  REQUESTS_MIXED_UP("givesConcurrentRequestsTheirOwnText"),

  TEMPLATE_OF_HALF_SEGMENTS("templatesArePathsOfWholeSegments"), ROUTE_TWICE("noTwoRoutesAnswerTheSameRequests"),
  MEDIA_TYPE_MISSING("describesItsRoutesForTheDocumentation"), EXAMPLE_MISSING("everyRouteHasAnExample"),
  OTHER_MEDIA_TYPE("answersItsExamples"), JSON_NOT_ESCAPED("answersWhateverStandsInThePath"),
  HEADER_INJECTED("answersWhateverStandsInThePath"), BODY_BREAKS("answersWhateverStandsInTheBody"),
  ANSWERS_MIXED_UP("givesConcurrentRequestsTheirOwnAnswer");

  /** What the plugins of the running test suffer from; set by {@link ContractsCanFailTest} alone. */
  static volatile Defect current = NONE;

  private final String failingTest;

  Defect(String failingTest) {
    this.failingTest = failingTest;
  }

  /** Name of the contract test that must notice it. */
  String failingTest() {
    return failingTest;
  }

  /** Whether this is the one to suffer from. */
  boolean present() {
    return current == this;
  }
}

/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.contributed;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PathTemplatesTest {

  @ParameterizedTest
  @CsvSource({"/a,/a,true", "/a,/b,false", "/a,/{x},true", "/a/b,/{x},false", "/{x}/b,/a/{y},true",
      "/{x}/b,/a/c,false", "/v1/models/{+id},/v1/models/{id},true", "/v1/models/{+id},/v1/models/a/b/c,true",
      "/v1/models/{+id},/v1/models,false", "/,/{x},true", "/a/,/a,false"})
  void knowsWhetherSomePathMatchesBoth(String one, String other, boolean expected) {
    assertEquals(expected, PathTemplates.overlap(one, other));
    assertEquals(expected, PathTemplates.overlap(other, one));
  }
}

/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.http.ServerOptions;
import io.micronaut.http.MediaType;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.exceptions.ContentLengthExceededException;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;

/** Reads request bodies, none larger than the server's limit, whatever their headers say. */
@Singleton
public final class JsonBodies {

  private static final int MAX_DEPTH = 128;
  private static final int MAX_NUMBER_LENGTH = 400;

  private static final ObjectReader READER = JsonMapper
      .builder(JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH)
              .maxNumberLength(MAX_NUMBER_LENGTH).build())
          .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build().reader();

  private final int maxBytes;

  JsonBodies(ServerOptions options) {
    this.maxBytes = options.maxBodyBytes();
  }

  /**
   * Reads the body as a JSON object, whatever media type it says it has.
   *
   * @throws PlatformException {@code INVALID_JSON}, {@code INVALID_REQUEST}, {@code PAYLOAD_TOO_LARGE}
   */
  public JsonFields readObject(ServerHttpRequest<?> request) {
    if (request.getContentType().filter(type -> type.getType().equals(MediaType.MULTIPART_FORM_DATA_TYPE.getType()))
        .isPresent()) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST, "this route reads JSON, not a multipart form");
    }
    JsonNode node = parse(readBytes(request));
    if (!(node instanceof ObjectNode object)) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST,
          "the body must be a JSON object, got " + JsonFields.describe(node));
    }
    checkText(object);
    return new JsonFields(object, "");
  }

  /**
   * Reads the whole body.
   *
   * @throws PlatformException {@code PAYLOAD_TOO_LARGE}, {@code INVALID_REQUEST} when the client left half-way
   */
  public byte[] readBytes(ServerHttpRequest<?> request) {
    try (InputStream in = request.byteBody().move().toInputStream()) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw tooLarge();
      }
      return bytes;
    } catch (ContentLengthExceededException e) {
      throw tooLarge();
    } catch (IOException e) {
      if (e.getCause() instanceof ContentLengthExceededException) {
        throw tooLarge();
      }
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST, "the body ended early", e);
    }
  }

  private PlatformException tooLarge() {
    return new PlatformException(StandardErrorCode.PAYLOAD_TOO_LARGE,
        "the request's body is larger than the " + maxBytes + " bytes that this server takes");
  }

  private static JsonNode parse(byte[] bytes) {
    try {
      JsonNode node = READER.readTree(bytes);
      if (node.isMissingNode()) {
        throw new PlatformException(StandardErrorCode.INVALID_JSON, "the body is empty; expected a JSON object");
      }
      return node;
    } catch (JsonProcessingException e) {
      JsonLocation location = e.getLocation();
      String where = location == null || location.getLineNr() < 1
          ? ""
          : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
      throw new PlatformException(StandardErrorCode.INVALID_JSON,
          "the body is not JSON" + where + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.INVALID_JSON, "the body is not JSON in UTF-8: " + e.getMessage(),
          e);
    }
  }

  /** Half of a surrogate pair is not text: no encoder can write it. The depth is bounded by {@link #MAX_DEPTH}. */
  private static void checkText(JsonNode node) {
    if (node.isTextual()) {
      checkText(node.textValue());
    } else if (node.isContainerNode()) {
      node.fieldNames().forEachRemaining(JsonBodies::checkText);
      node.forEach(JsonBodies::checkText);
    }
  }

  private static void checkText(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new PlatformException(StandardErrorCode.INVALID_JSON,
            "the body is not JSON: a string holds the lone surrogate \\u%04x".formatted((int) c));
      }
    }
  }
}

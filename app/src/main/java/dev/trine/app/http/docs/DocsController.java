/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.docs;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.http.error.ErrorResponses;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** The API description and two pages that show it. Everything the pages need is served from here. */
@Controller
final class DocsController {

  /** Scripts and styles from this server alone; ReDoc draws its search in a worker made from a blob. */
  private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; "
      + "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
      + "worker-src blob:; child-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final MediaType HTML = MediaType.of("text/html; charset=utf-8");
  private static final MediaType SCRIPT = MediaType.of("text/javascript; charset=utf-8");
  private static final MediaType STYLE = MediaType.of("text/css; charset=utf-8");

  /** What is served below {@code /docs/assets}; nothing else is. */
  private record Asset(String resource, MediaType type) {}

  private static final Map<String, Asset> ASSETS = Map.of("swagger-ui.js",
      new Asset("templates/swagger-ui/res/swagger-ui-bundle.js", SCRIPT), "swagger-ui.css",
      new Asset("templates/swagger-ui/res/swagger-ui.css", STYLE), "redoc.js",
      new Asset("templates/redoc/res/redoc.standalone.js", SCRIPT), "start-swagger-ui.js",
      new Asset("start-swagger-ui.js", SCRIPT));

  private final OpenApiDocument document;

  DocsController(OpenApiDocument document) {
    this.document = document;
  }

  @Get(uri = "/openapi.json", produces = MediaType.ALL)
  HttpResponse<byte[]> openApi() {
    return HttpResponse.ok(document.toJson()).contentType(ErrorResponses.JSON);
  }

  @Get(uri = "/docs", produces = MediaType.ALL)
  HttpResponse<byte[]> swaggerUi() {
    return page("swagger-ui.html");
  }

  @Get(uri = "/redoc", produces = MediaType.ALL)
  HttpResponse<byte[]> redoc() {
    return page("redoc.html");
  }

  @Get(uri = "/docs/assets/{name}", produces = MediaType.ALL)
  HttpResponse<byte[]> asset(String name) {
    Asset asset = ASSETS.get(name);
    if (asset == null) {
      throw new PlatformException(StandardErrorCode.ROUTE_NOT_FOUND, "File Not Found");
    }
    return respond(asset.resource(), asset.type()).header("Cache-Control", "max-age=3600");
  }

  private static HttpResponse<byte[]> page(String resource) {
    return respond(resource, HTML).header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
  }

  private static MutableHttpResponse<byte[]> respond(String resource, MediaType type) {
    try (InputStream in = DocsController.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing from this build");
      }
      return HttpResponse.ok(in.readAllBytes()).contentType(type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.model;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The models that answer requests: the active one first, then those that other plugins bring with them. A server can listen
 * before its model is loaded; until then every request for a model is told so. Safe for use by several threads.
 */
public final class ModelRegistry implements AutoCloseable {

  /** Whether there are models to serve. */
  public enum State {
    /** The active model is being loaded. */
    LOADING,
    /** What there is to serve is there. */
    READY,
    /** The active model could not be loaded. */
    FAILED
  }

  /** One moment's state; replaced as a whole. */
  private record Snapshot(State state, List<ServedModel> models, @Nullable PlatformException failure) {}

  /**
   * A model that a request asked for.
   *
   * @param model the model
   * @param name  what the response calls it: the client's own name if it names this model, else the id
   */
  public record Resolved(ServedModel model, String name) {}

  private volatile Snapshot snapshot;

  private ModelRegistry(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** A registry that is ready. The first model is the active one; the registry closes them all. */
  public ModelRegistry(List<ServedModel> models) {
    this(new Snapshot(State.READY, List.copyOf(models), null));
  }

  /** A registry whose model is still being loaded; {@link #publish} or {@link #fail} follows. */
  public static ModelRegistry loading() {
    return new ModelRegistry(new Snapshot(State.LOADING, List.of(), null));
  }

  /** Ends the loading: these models are served from now on, the first one as the active one. */
  public void publish(List<ServedModel> models) {
    snapshot = new Snapshot(State.READY, List.copyOf(models), null);
  }

  /** Ends the loading: there will be no model, and this is why. */
  public void fail(PlatformException reason) {
    snapshot = new Snapshot(State.FAILED, List.of(), reason);
  }

  /** Whether there are models to serve. */
  public State state() {
    return snapshot.state();
  }

  /** The active model; empty while it is being loaded, when that failed, and when there is none. */
  public Optional<ServedModel> active() {
    return snapshot.models().stream().findFirst();
  }

  /** Why there is no model; empty unless the state is {@code FAILED}. */
  public Optional<PlatformException> failure() {
    return Optional.ofNullable(snapshot.failure());
  }

  /** Every model, the active one first. */
  public List<ServedModel> all() {
    return snapshot.models();
  }

  /** The model of this name; generic names do not count. */
  public Optional<ServedModel> find(String name) {
    return snapshot.models().stream().filter(model -> model.answersTo(name)).findFirst();
  }

  /**
   * The model that a request's {@code model} field means.
   *
   * @param requested the field, or null when the request has none
   * @param rules     which names mean the active model although it has another
   * @throws PlatformException {@code MODEL_LOADING}, {@code MODEL_UNAVAILABLE} when there is no model, {@code MODEL_NOT_FOUND}
   */
  public Resolved resolve(@Nullable String requested, ModelNameRules rules) {
    Snapshot now = snapshot;
    if (now.state() == State.LOADING) {
      throw new PlatformException(StandardErrorCode.MODEL_LOADING, "Loading model");
    }
    if (now.models().isEmpty()) {
      throw new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, now.failure() == null
          ? "no model is loaded; start the server with a model"
          : "the model could not be loaded: " + now.failure().getMessage());
    }
    ServedModel active = now.models().getFirst();
    if (requested == null || requested.isEmpty()) {
      return new Resolved(active, active.id());
    }
    Optional<ServedModel> named = now.models().stream().filter(model -> model.answersTo(requested)).findFirst();
    if (named.isPresent()) {
      return new Resolved(named.get(), requested);
    }
    if (rules.isGeneric(requested)) {
      return new Resolved(active, active.id());
    }
    throw PlatformException.ofParameter(StandardErrorCode.MODEL_NOT_FOUND, "model",
        "the model '" + requested + "' is not loaded; this server serves '" + active.id() + "'");
  }

  /** Closes every model. */
  @Override
  public void close() {
    Snapshot last = snapshot;
    snapshot = new Snapshot(State.FAILED, List.of(),
        new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, "the server is being stopped"));
    last.models().forEach(served -> served.model().close());
  }
}

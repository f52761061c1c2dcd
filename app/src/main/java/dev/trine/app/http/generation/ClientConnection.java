/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.generation;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.Executor;

/** The connection that a request came on. */
public final class ClientConnection {

  private final Channel channel;

  private ClientConnection(Channel channel) {
    this.channel = channel;
  }

  /** The connection of a request to this server. */
  public static ClientConnection of(HttpRequest<?> request) {
    if (request instanceof NettyHttpRequest<?> netty) {
      return new ClientConnection(netty.getChannelHandlerContext().channel());
    }
    throw new IllegalArgumentException("not a request of this server: " + request.getClass().getName());
  }

  /** Runs tasks on the thread that serves this connection, one after the other. */
  Executor thread() {
    return channel.eventLoop();
  }

  /**
   * Calls back when the connection has closed, at once if it already has.
   *
   * @return takes the callback off again
   */
  Runnable onClose(Runnable callback) {
    ChannelFutureListener listener = closed -> callback.run();
    channel.closeFuture().addListener(listener);
    return () -> channel.closeFuture().removeListener(listener);
  }
}

/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.access;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Closes a connection that was answered while its request was still arriving in two steps: the answer's end first, the connection when
 * the client has seen it, or after five seconds. A connection that is closed with bytes unread is reset, and a client that is still sending then loses the answer that
 * says why it should not (RFC 9112, section 9.6).
 */
final class LingeringClose extends ChannelDuplexHandler {

  /** How long a client may go on sending what nobody reads. */
  private static final long LINGER_MILLIS = 5_000;

  private final BooleanSupplier answeredEarly;
  private boolean lingering;

  LingeringClose(BooleanSupplier answeredEarly) {
    this.answeredEarly = answeredEarly;
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
    if (lingering) {
      closeWithChannel(context, promise);
    } else if (context.channel() instanceof DuplexChannel channel && channel.isActive()
        && answeredEarly.getAsBoolean()) {
      lingering = true;
      closeWithChannel(context, promise);
      ChannelFuture _ = channel.shutdownOutput();
      channel.config().setAutoRead(true);
      var deadline = context.executor().schedule(() -> {
        ChannelFuture _ = context.close();
      }, LINGER_MILLIS, TimeUnit.MILLISECONDS);
      channel.closeFuture().addListener(_ -> deadline.cancel(false));
    } else {
      super.close(context, promise);
    }
  }

  private static void closeWithChannel(ChannelHandlerContext context, ChannelPromise promise) {
    if (!promise.isVoid()) {
      context.channel().closeFuture().addListener(_ -> promise.trySuccess());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    if (lingering) {
      ReferenceCountUtil.release(bytes);
    } else {
      context.fireChannelRead(bytes);
    }
  }
}

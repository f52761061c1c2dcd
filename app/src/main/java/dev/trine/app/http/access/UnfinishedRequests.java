/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.access;

import dev.trine.app.http.ServerOptions;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.netty.channel.ChannelPipelineCustomizer;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections on which a request began and does not go on, with status 408, and those on which none ever began. A
 * connection that has had its answer may wait for its next request, and an answer may take as long as it likes.
 */
@Singleton
final class UnfinishedRequests implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {

  private final Duration patience;

  UnfinishedRequests(ServerOptions options) {
    this.patience = options.requestTimeout();
  }

  @Override
  public NettyServerCustomizer.Registry onCreated(BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
    NettyServerCustomizer.Registry registry = event.getBean();
    registry.register(new NettyServerCustomizer() {
      @Override
      public NettyServerCustomizer specializeForChannel(Channel channel, ChannelRole role) {
        return role == ChannelRole.CONNECTION ? new Customizer(channel) : this;
      }
    });
    return registry;
  }

  /** Puts the watchers around the part of a pipeline that makes requests of bytes. */
  private final class Customizer implements NettyServerCustomizer {

    private final Channel channel;

    Customizer(Channel channel) {
      this.channel = channel;
    }

    @Override
    public void onStreamPipelineBuilt() {
      ChannelPipeline pipeline = channel.pipeline();
      if (pipeline.get(ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC) == null) {
        return;
      }
      var exchange = new Exchange();
      pipeline.addBefore(ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC, "request-silence",
          new IdleStateHandler(patience.toMillis(), 0, 0, TimeUnit.MILLISECONDS));
      pipeline.addBefore(ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC, "request-bytes", new Bytes(exchange));
      pipeline.addBefore(ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC, "request-linger",
          new LingeringClose(() -> exchange.answeredEarly));
      pipeline.addAfter(ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC, "request-ends", new Ends(exchange));
    }
  }

  /** How far a connection's requests and answers are. Used on the connection's thread alone. */
  private static final class Exchange {

    /** Whether the request that is expected next has begun. */
    boolean begun;
    /** Requests that arrived to their end and have not been answered to the end. */
    int unanswered;
    boolean used;
    /** Whether an answer went out while its request was still arriving. */
    boolean answeredEarly;
  }

  private static final class Bytes extends ChannelInboundHandlerAdapter {

    private static final byte[] TIMED_OUT = """
        HTTP/1.1 408 Request Timeout\r
        Connection: close\r
        Content-Length: 0\r
        \r
        """.getBytes(StandardCharsets.US_ASCII);

    private final Exchange exchange;

    Bytes(Exchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      exchange.begun = true;
      exchange.used = true;
      context.fireChannelRead(bytes);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (!(event instanceof IdleStateEvent idle) || idle.state() != IdleState.READER_IDLE) {
        context.fireUserEventTriggered(event);
      } else if (exchange.unanswered == 0 && exchange.begun) {
        context.writeAndFlush(Unpooled.wrappedBuffer(TIMED_OUT)).addListener(ChannelFutureListener.CLOSE);
      } else if (!exchange.used) {
        ChannelFuture _ = context.close();
      }
    }
  }

  private static final class Ends extends ChannelDuplexHandler {

    private final Exchange exchange;

    Ends(Exchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof LastHttpContent) {
        exchange.begun = false;
        exchange.answeredEarly = false;
        exchange.unanswered++;
      }
      context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
      // An answer may come before its request's end, when that is not wanted; then the connection is about to close.
      if (message instanceof LastHttpContent) {
        if (exchange.unanswered > 0) {
          exchange.unanswered--;
        } else {
          exchange.answeredEarly = exchange.begun;
        }
      }
      super.write(context, message, promise);
    }
  }
}

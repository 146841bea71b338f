package dev.kelpie.dashboard;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one page the changes of the runs as server-sent events, once a second, until it
 * disconnects. A page that reads too slowly is skipped until it has caught up; nothing is queued
 * for it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
final class EventStream {
  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final int QUIET_TURNS = 10;
  private static final byte[] RETRY = "retry: 1000\n\n".getBytes(StandardCharsets.UTF_8);
  private static final Duration FAREWELL = Duration.ofMillis(500);
  private static final byte[] END = "event: end\ndata: {}\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] STILL_HERE = ": still here\n\n".getBytes(StandardCharsets.UTF_8);

  private final ChannelHandlerContext context;
  private final LiveFeed feed;
  private final Executor work;
  private int quiet;

  private EventStream(ChannelHandlerContext context, LiveFeed feed, Executor work) {
    this.context = context;
    this.feed = feed;
    this.work = work;
  }

  /** Opens a stream with {@code head}; it ends with the connection. */
  static EventStream open(
      ChannelHandlerContext context, HttpResponse head, LiveFeed feed, Executor work) {
    context.write(head);
    EventStream stream = new EventStream(context, feed, work);
    stream.send(RETRY);
    stream.turn();
    return stream;
  }

  /** Sends the last changes and the end of the stream. */
  void end() {
    try {
      feed.next().ifPresent(this::send);
    } catch (RuntimeException e) {
      LOG.debug("a page does not get the last changes: {}", e.toString());
    }
    context
        .writeAndFlush(new DefaultLastHttpContent(Unpooled.wrappedBuffer(END)))
        .awaitUninterruptibly(FAREWELL.toMillis());
  }

  private void turn() {
    if (!context.channel().isActive()) {
      return;
    }
    if (context.channel().isWritable()) {
      try {
        work.execute(this::look);
        return;
      } catch (RejectedExecutionException e) {
        LOG.debug("a page is updated later: {}", e.getMessage());
      }
    }
    again();
  }

  private void look() {
    try {
      Optional<byte[]> news = feed.next();
      context.executor().execute(() -> tell(news));
    } catch (RuntimeException e) {
      LOG.warn("a page can no longer be updated: {}", e.toString());
      context.close();
    }
  }

  private void tell(Optional<byte[]> news) {
    quiet = news.isPresent() ? 0 : quiet + 1;
    if (news.isPresent()) {
      send(news.get());
    } else if (quiet % QUIET_TURNS == 0) {
      send(STILL_HERE);
    }
    again();
  }

  private void again() {
    context.executor().schedule(this::turn, EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void send(byte[] bytes) {
    context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)));
  }
}

package dev.kelpie.wire.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Takes the answers of one connection, to one request after the other. */
final class BulkExchange extends SimpleChannelInboundHandler<HttpObject> {
  private volatile @Nullable Answer current;
  private volatile @Nullable Throwable broken;

  /**
   * A whole answer.
   *
   * @param range its Content-Range; empty without one
   * @param bytes length of its body, of which no more is kept than there was room for
   */
  record Reply(int status, String range, long bytes) {}

  /** An answer on its way. */
  static final class Answer {
    private final CompletableFuture<Reply> whole = new CompletableFuture<>();
    private final byte[] target;
    private final int room;
    private volatile long bytes;
    private int status;
    private String range = "";

    Answer(byte[] target, int room) {
      this.target = target;
      this.room = room;
    }

    // Written by the connection's thread alone.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void take(ByteBuf content) {
      int length = content.readableBytes();
      if (bytes < room) {
        int kept = (int) Math.min(length, room - bytes);
        content.readBytes(target, (int) bytes, kept);
      }
      bytes += length;
    }

    void fail(Throwable cause) {
      Throwable reason =
          cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
      whole.completeExceptionally(reason);
    }

    /** Waits while bytes keep coming: at most {@code silence} for the next ones. */
    Reply await(Duration silence) throws IOException {
      long before = -1;
      while (true) {
        try {
          return whole.get(silence.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (bytes == before || bytes == 0) {
            throw new IOException("silent for " + silence.toMillis() + " ms", e);
          }
          before = bytes;
        } catch (ExecutionException e) {
          Throwable cause = e.getCause() == null ? e : e.getCause();
          throw new IOException(String.valueOf(cause.getMessage()), cause);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted", e);
        }
      }
    }
  }

  /** Expects the answer to the next request; keeps its body's first {@code room} bytes. */
  Answer begin(byte[] target, int room) {
    Answer answer = new Answer(target, room);
    current = answer;
    Throwable cause = broken;
    if (cause != null) {
      answer.fail(cause);
    }
    return answer;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits until it is closed
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    Answer answer = current;
    if (answer == null || message.decoderResult().isFailure()) {
      fail(new IOException("an answer that is not HTTP"));
      context.close();
      return;
    }
    if (message instanceof HttpResponse head) {
      answer.status = head.status().code();
      answer.range = head.headers().get(HttpHeaderNames.CONTENT_RANGE, "");
    }
    if (message instanceof HttpContent content) {
      answer.take(content.content());
    }
    if (message instanceof LastHttpContent) {
      current = null;
      answer.whole.complete(new Reply(answer.status, answer.range, answer.bytes));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(new IOException("the connection was closed"));
    context.fireChannelInactive();
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits until it is closed
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(cause);
    context.close();
  }

  private void fail(Throwable cause) {
    broken = cause;
    Answer answer = current;
    if (answer != null) {
      answer.fail(cause);
    }
  }
}

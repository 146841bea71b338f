package dev.kelpie.cli.cluster.ssh;

import java.io.IOException;

/** A command on another machine that failed, with the last line it said. */
public final class SshFailure extends IOException {
  private static final long serialVersionUID = 1L;

  private final int code;

  SshFailure(int code, String message) {
    super(message);
    this.code = code;
  }

  /** Whether ssh itself failed, rather than what it ran. */
  public boolean unreachable() {
    return code == SshHost.NO_CONNECTION;
  }
}

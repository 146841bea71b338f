package dev.kelpie.rewards.remote;

/** A request without a usable answer. The message is one line for people, without secrets. */
public final class RemoteException extends Exception {
  private static final long serialVersionUID = 1L;

  public RemoteException(String message) {
    super(message);
  }
}

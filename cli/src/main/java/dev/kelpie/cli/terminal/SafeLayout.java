package dev.kelpie.cli.terminal;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;

/** Layout of the log's lines; what a foreign text in them could do to a terminal is escaped. */
public final class SafeLayout extends PatternLayout {
  @Override
  public String doLayout(ILoggingEvent event) {
    return SafeText.output(super.doLayout(event));
  }
}

package dev.kelpie.cli.train;

import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The texts of tokens by the tokenizer of the run's initial policy, opened on first use. */
public final class PolicyTokens implements Function<TokenIds, List<String>>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyTokens.class);

  private final RunFolder folder;
  private Optional<Tokenizer> tokenizer = Optional.empty();
  private boolean tried;

  public PolicyTokens(RunFolder folder) {
    this.folder = folder;
  }

  @Override
  public synchronized List<String> apply(TokenIds ids) {
    if (!tried) {
      tried = true;
      tokenizer = open();
    }
    return tokenizer
        .map(
            known ->
                Arrays.stream(ids.toArray())
                    .mapToObj(id -> known.decode(TokenIds.of(id), false))
                    .toList())
        .orElse(List.of());
  }

  private Optional<Tokenizer> open() {
    try {
      String policy =
          ExperimentFiles.loadRecorded(folder.experimentFile(), List.of())
              .experiment()
              .policy()
              .path();
      return Optional.of(Tokenizer.open(Path.of(policy)));
    } catch (RuntimeException e) {
      LOG.debug("tokens are shown as numbers: {}", e.toString());
      return Optional.empty();
    }
  }

  @Override
  public synchronized void close() {
    tokenizer.ifPresent(Tokenizer::close);
    tokenizer = Optional.empty();
  }
}

package dev.kelpie.cli.pack;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kelpie package}: writes an archive that runs on machines without Maven and sources. */
@Command(
    name = "package",
    description = {
      "Write this build as one archive that needs nothing but Java 17: the launcher, all jars, and"
          + " the",
      "plugins that --plugins names. Unpacked, ./kelpie in it is this one."
    },
    footer = {
      "",
      "Example: kelpie package --out kelpie.tar.gz",
      "With rewards of your own: kelpie --plugins rewards.jar package"
    })
public final class PackageCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Archive to write. Default: kelpie-VERSION-HASH.tar.gz here.")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException {
    PrintWriter lines = spec.commandLine().getOut();
    Build build = Build.ofThisProcess();
    Path archive = out == null ? Path.of(build.id() + ".tar.gz") : out;
    if (Files.isDirectory(archive)) {
      throw new ConfigException("--out: " + archive + " is a folder (expected: a file to write)");
    }
    build.writeTo(
        archive,
        new CopyLine(
            "writing " + RunFolder.shown(archive),
            build.bytes(),
            line -> {
              lines.println(line);
              lines.flush();
            }));
    lines.printf(
        Locale.ROOT,
        "%s: %s, %d files, %.0f MB%n",
        RunFolder.shown(archive),
        build.id(),
        build.files().size(),
        Files.size(archive) / 1e6);
    lines.println(
        "there: tar -xzf " + archive.getFileName() + " && " + build.id() + "/kelpie --version");
    lines.flush();
    return 0;
  }
}

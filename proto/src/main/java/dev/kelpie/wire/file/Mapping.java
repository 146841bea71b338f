package dev.kelpie.wire.file;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Read-only memory mappings of file parts as Arrow buffers, unmapped when their last reference is
 * released. Java 17 itself unmaps only when the garbage collector runs, which for weights of
 * hundreds of megabytes is too late; it is the fallback where explicit unmapping is not available.
 */
public final class Mapping {
  private static final Optional<MethodHandle> UNMAP = findUnmap();

  private Mapping() {}

  /** Maps {@code bytes} of {@code channel} from {@code position}; the caller releases it. */
  public static ArrowBuf map(
      FileChannel channel, long position, long bytes, BufferAllocator allocator)
      throws IOException {
    if (bytes == 0) {
      return allocator.getEmpty();
    }
    MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, position, bytes);
    return allocator.wrapForeignAllocation(
        new ForeignAllocation(bytes, MemoryUtil.getByteBufferAddress(mapped)) {
          @Override
          protected void release0() {
            unmap(mapped);
          }
        });
  }

  private static void unmap(MappedByteBuffer mapped) {
    try {
      if (UNMAP.isPresent()) {
        UNMAP.get().invoke((ByteBuffer) mapped);
      }
    } catch (Throwable e) {
      throw new IllegalStateException("cannot unmap a file", e);
    }
  }

  private static Optional<MethodHandle> findUnmap() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field instance = unsafe.getDeclaredField("theUnsafe");
      instance.setAccessible(true);
      MethodHandle invokeCleaner =
          MethodHandles.lookup()
              .findVirtual(
                  unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class));
      return Optional.of(invokeCleaner.bindTo(instance.get(null)));
    } catch (ReflectiveOperationException | RuntimeException e) {
      return Optional.empty();
    }
  }
}

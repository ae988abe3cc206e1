import com.lmax.disruptor.RingBuffer;
import java.io.File;

/** Rounds in one JVM, as LMAX's own tests do them: the first ones warm it up, and the best of the others counts. */
final class Rounds {
    private static final int WARM_UP = 3;
    private static final int COUNTED = 4;
    /** Who is slow has fewer rounds: no more begin after so many nanoseconds, of warming up and of those that count. */
    private static final long LIMIT = 3_000_000_000L;

    /** One round: its time in nanoseconds, from the first publication to the last stage's last event. */
    interface Round {
        long run() throws Exception;
    }

    private Rounds() {
    }

    /** Prints M events/s in the last line. */
    static void measure(final String name, final long events, final Round round) throws Exception {
        long begun = System.nanoTime();
        int warm = 0;
        do {
            round.run();
        } while (++warm < WARM_UP && System.nanoTime() - begun < LIMIT);
        long best = Long.MAX_VALUE;
        int counted = 0;
        begun = System.nanoTime();
        do {
            best = Math.min(best, round.run());
        } while (++counted < COUNTED && System.nanoTime() - begun < LIMIT);
        System.out.printf("%d events through %s by lmax: best of %d rounds after %d, results checked; M events/s:%n",
            events, name, counted, warm);
        System.out.printf(java.util.Locale.ROOT, "%.6f%n", events * 1e3 / best);
    }

    /** A result that is not what it must be ends the process with exit code 1. */
    static void check(final String what, final long got, final long expected) {
        if (got != expected) {
            System.err.println(what + ": " + got + " where " + expected + " was expected");
            System.exit(1);
        }
    }

    /** What stands behind the program is wrong: exit code 2. */
    static void usage(final String usage) {
        System.err.println(usage);
        System.exit(2);
    }

    /** The library's version, by the name of its jar (of Debian's, by the link beside it), and Java's. */
    static String version() throws Exception {
        final File jar = new File(RingBuffer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        String version = "of unknown version";
        final File[] beside = jar.getAbsoluteFile().getParentFile().listFiles();
        for (final File file : beside == null ? new File[0] : beside) {
            final String name = file.getName();
            if (name.matches("disruptor-[0-9].*\\.jar") && file.getCanonicalFile().equals(jar.getCanonicalFile())) {
                version = name.substring("disruptor-".length(), name.length() - ".jar".length());
            }
        }
        return "LMAX Disruptor " + version + " on Java " + System.getProperty("java.version");
    }

    /** 0 + 1 + … below the number, modulo 2^64. */
    static long sumBelow(final long events) {
        return events % 2 == 0 ? events / 2 * (events - 1) : (events - 1) / 2 * events;
    }
}

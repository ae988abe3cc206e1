import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;
import java.util.concurrent.CountDownLatch;

/** Events, stages, and producers that several shapes share. */
final class Stages {
    static final int SMALL = 8192;
    static final int LARGE = 1 << 16;

    private Stages() {
    }

    /** An event with a number. */
    static final class Value {
        long value;
    }

    /** A stage that tells when it has had its last event, and when that was. */
    abstract static class Stage<E> implements EventHandler<E> {
        private final long last;
        private final CountDownLatch done = new CountDownLatch(1);
        private long ended;

        Stage(final long events) {
            last = events - 1;
        }

        abstract void handle(E event);

        @Override
        public void onEvent(final E event, final long sequence, final boolean endOfBatch) {
            handle(event);
            if (sequence == last) {
                ended = System.nanoTime();
                done.countDown();
            }
        }

        /** The time of its last event, for which it waits. */
        long ended() throws InterruptedException {
            done.await();
            return ended;
        }
    }

    /** Adds up. */
    static final class Adder extends Stage<Value> {
        long sum;

        Adder(final long events) {
            super(events);
        }

        @Override
        void handle(final Value event) {
            sum += event.value;
        }
    }

    /** Subtracts. */
    static final class Subtracter extends Stage<Value> {
        long difference;

        Subtracter(final long events) {
            super(events);
        }

        @Override
        void handle(final Value event) {
            difference -= event.value;
        }
    }

    /** The conjunction of all. */
    static final class Ander extends Stage<Value> {
        long all = -1;

        Ander(final long events) {
            super(events);
        }

        @Override
        void handle(final Value event) {
            all &= event.value;
        }
    }

    static Disruptor<Value> values(final int slots, final ProducerType producers) {
        return new Disruptor<>(Value::new, slots, DaemonThreadFactory.INSTANCE, producers, new YieldingWaitStrategy());
    }

    static void publish(final RingBuffer<Value> ring, final long from, final long to) {
        for (long value = from; value < to; value++) {
            final long sequence = ring.next();
            ring.get(sequence).value = value;
            ring.publish(sequence);
        }
    }

    static void publishBatches(final RingBuffer<Value> ring, final long from, final long to, final int size) {
        for (long value = from; value < to; value += size) {
            final int count = (int) Math.min(size, to - value);
            final long high = ring.next(count);
            final long low = high - count + 1;
            for (long sequence = low; sequence <= high; sequence++) {
                ring.get(sequence).value = value + (sequence - low);
            }
            ring.publish(low, high);
        }
    }

    /** What a producer does with its share. */
    interface Share {
        void publish(long from, long to);
    }

    /** Threads with equal shares of the events, which it waits for. */
    static void sharedOut(final long events, final int producers, final Share share) throws InterruptedException {
        final Thread[] threads = new Thread[producers];
        for (int place = 0; place < producers; place++) {
            final long from = events * place / producers;
            final long to = events * (place + 1) / producers;
            threads[place] = new Thread(() -> share.publish(from, to));
            threads[place].start();
        }
        for (final Thread thread : threads) {
            thread.join();
        }
    }
}

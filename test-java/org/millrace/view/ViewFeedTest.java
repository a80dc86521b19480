package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.millrace.codec.Encoding;
import org.millrace.codec.Message;
import org.millrace.log.Log;
import org.millrace.log.memory.MemoryLog;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.builtin.KeysView;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Map;

class ViewFeedTest {
    private final Log log = MemoryLog.open();
    private final ViewFeed feed = new ViewFeed(log, Encoding.JSON);

    @AfterEach
    void close() {
        feed.close();
        log.close();
    }

    @Test
    void aKeyIsFoundRightAfterItsAppend() throws Exception {
        var keys = feed.mount("keys", KeysView::new);
        for (int i = 0; i < 10_000; i++) {
            long seq = append("%" + i);
            feed.await(keys, seq);
            assertEquals(seq, find(keys, "%" + i));
        }
        assertEquals(-1, find(keys, "%10000"));
    }

    @Test
    void aViewMountedLateCatchesUpWhileTheFrontGoesOn() throws Exception {
        var first = feed.mount("first", KeysView::new);
        for (int i = 0; i < 50_000; i++) {
            append("%" + i);
        }
        feed.await(first, log.since());
        var late = feed.mount("late", KeysView::new);
        long seq = append("%new");
        feed.await(first, seq);
        assertEquals(seq, find(first, "%new"));
        feed.await(late, seq);
        assertEquals(0, find(late, "%0"));
        assertEquals(seq, find(late, "%new"));
    }

    @Test
    void anEscapedKeyAndAPlainOneAreTheSameKey() throws Exception {
        var keys = feed.mount("keys", KeysView::new);
        long seq = log.append(bytes("{\"key\":\"\\u0025a\\u00e9\"}"));
        feed.await(keys, seq);
        assertEquals(seq, find(keys, "%aé"));
    }

    @Test
    void whatIsNoMessageIsPassedOver() throws Exception {
        log.append(bytes("not json"));
        log.append(bytes("{\"key\":5}"));
        log.append(bytes(""));
        long deleted = append("%gone");
        log.delete(deleted);
        var keys = feed.mount("keys", KeysView::new);
        long seq = append("%x");
        feed.await(keys, seq);
        assertEquals(-1, find(keys, "%gone"));
        assertEquals(seq, find(keys, "%x"));
    }

    @Test
    void aFailingViewDoesNotStopTheOthersAndIsWholeAfterRebuild() throws Exception {
        var keys = feed.mount("keys", KeysView::new);
        var fussy = new FussyView();
        var failing = feed.mount("fussy", fussy);
        append("%1");
        long bad = append("%bad");
        feed.await(failing, bad);
        feed.await(keys, bad);
        assertEquals(bad, find(keys, "%bad"));
        var error = assertThrows(MillraceException.class, () -> failing.read(View::version));
        assertEquals(ErrorCode.ERR_VIEW_FAILED, error.code());
        assertTrue(error.getMessage().contains("at sequence 1"), error.getMessage());

        fussy.fussy = false;
        feed.rebuild(failing);
        long next = append("%2");
        feed.await(failing, next);
        int count = failing.read(view -> ((FussyView) view).count);
        assertEquals(3, count);
    }

    @Test
    void anUnknownMethodAndAClosedViewAreCodedErrors() {
        var keys = feed.mount("keys", KeysView::new);
        var unknown =
                assertThrows(
                        MillraceException.class, () -> keys.method("got", ViewMethod.Lookup.class));
        assertEquals(ErrorCode.ERR_VIEW_UNKNOWN, unknown.code());
        feed.unmount(keys);
        var closed = assertThrows(MillraceException.class, () -> find(keys, "%0"));
        assertEquals(ErrorCode.ERR_LOG_CLOSED, closed.code());
    }

    @Test
    void aRebuiltViewStartsEmpty() throws Exception {
        var keys = feed.mount("keys", KeysView::new);
        long seq = append("%1");
        feed.await(keys, seq);
        log.delete(seq);
        feed.rebuild(keys);
        feed.await(keys, seq);
        assertEquals(-1, find(keys, "%1"));
        assertFalse(keys.hasFailed());
    }

    private long append(String key) {
        return log.append(bytes("{\"key\":\"" + key + "\"}"));
    }

    private static long find(MountedView view, String key) {
        return view.find(view.method("get", ViewMethod.Lookup.class), bytes(key));
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Throws at the key %bad while it is fussy. */
    private static final class FussyView implements View {
        volatile boolean fussy = true;
        int count;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void append(long seq, Message message) {
            if (fussy && message.key().text().equals("%bad")) {
                throw new IllegalStateException("bad message");
            }
            count++;
        }

        @Override
        public Map<String, ViewMethod> methods() {
            return Map.of();
        }

        @Override
        public void clear() {
            count = 0;
        }

        @Override
        public void close() {}
    }
}

// What wisdom remembers, and what becomes of it when processes compete, die, hang and fork.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/wisdom/database.hpp"
#include "runtime/wisdom/process.hpp"
#include "runtime/wisdom/schema.hpp"
#include "tests/runtime/wisdom_fixture.hpp"

namespace sporkle::runtime {
namespace {

namespace fs = std::filesystem;
using test::in_child;

TEST_F(WisdomTest, RemembersTimingsAndChoices) {
    {
        Wisdom wisdom(path, log);
        wisdom.record(key, {"v4/a", 1, 1e-3});
        wisdom.record(key, {"v4/b", 2, 2e-3});
        wisdom.record(key, {"v4/a", 1, 3e-3});
        EXPECT_FALSE(wisdom.recall(key).choice.has_value());
        wisdom.choose(key, {"v4/a", 1, false, 2e-3});
        wisdom.choose(key, {"v4/b", 2, true, 1.5e-3});
    }
    Wisdom wisdom(path, log);
    const Remembered remembered = wisdom.recall(key);
    ASSERT_TRUE(remembered.choice.has_value());
    EXPECT_EQ(remembered.choice->variant, "v4/b");
    EXPECT_EQ(remembered.choice->threads, 2);
    EXPECT_TRUE(remembered.choice->exhaustive);
    ASSERT_EQ(remembered.timings.size(), 3u);
    EXPECT_EQ(remembered.timings[2].variant, "v4/a");
    EXPECT_EQ(remembered.timings[2].seconds, 3e-3);
    for (const WisdomKey& other : {WisdomKey{{1, 3}, key.kernel, key.workload, key.fingerprint},
                                   WisdomKey{key.content, key.kernel, "A f32[5]@64", key.fingerprint},
                                   WisdomKey{key.content, key.kernel, key.workload, "another machine"}}) {
        EXPECT_FALSE(wisdom.recall(other).choice.has_value());
        EXPECT_TRUE(wisdom.recall(other).timings.empty());
    }
    EXPECT_EQ(wisdom.entries().size(), 1u);
    EXPECT_EQ(wisdom.forget("other_kernel"), 0);
    EXPECT_EQ(wisdom.forget("some_kernel"), 1);
    EXPECT_TRUE(wisdom.recall(key).timings.empty());
    EXPECT_TRUE(messages.empty()) << messages.front();
}

TEST_F(WisdomTest, EmptyPathIsNoWisdom) {
    Wisdom wisdom("", log);
    wisdom.record(key, {"v4/a", 1, 1e-3});
    EXPECT_TRUE(wisdom.recall(key).timings.empty());
    EXPECT_TRUE(messages.empty());
}

TEST_F(WisdomTest, MakesItsFolders) {
    Wisdom wisdom(folder / "a/b/wisdom.sqlite", log);
    wisdom.record(key, {"v4/a", 1, 1e-3});
    EXPECT_TRUE(fs::exists(folder / "a/b/wisdom.sqlite"));
}

TEST_F(WisdomTest, SeveralProcessesWriteAtOnce) {
    constexpr int processes = 4, rows = 150;
    std::vector<pid_t> children;
    for (int p = 0; p < processes; ++p) {
        const pid_t child = ::fork();
        if (child == 0) {
            Wisdom wisdom(path, log);  // all of them make the file at once
            for (int row = 0; row < rows; ++row) wisdom.record(key, {"v4/" + std::to_string(p), 1, 1e-3});
            wisdom.choose(key, {"v4/" + std::to_string(p), 1, false, 1e-3});
            ::_exit(messages.empty() ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    Wisdom wisdom(path, log);
    const Remembered remembered = wisdom.recall(key);
    EXPECT_EQ(remembered.timings.size(), static_cast<std::size_t>(processes * rows));
    EXPECT_TRUE(remembered.choice.has_value());
}

TEST_F(WisdomTest, KilledProcessLosesAtMostTheMeasurementInFlight) {
    for (int round = 0; round < 5; ++round) {
        fs::remove_all(path);
        fs::remove(path + "-wal");
        fs::remove(path + "-shm");
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            Wisdom wisdom(path, log);
            for (;;) {
                wisdom.record(key, {"v4/a", 1, 1e-3});
                const char done = 1;
                if (::write(pipe[1], &done, 1) != 1) ::_exit(1);
            }
        }
        ::close(pipe[1]);
        std::size_t told = 0;
        char done = 0;
        while (told < 20 + 7 * static_cast<std::size_t>(round) && ::read(pipe[0], &done, 1) == 1) ++told;
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        while (::read(pipe[0], &done, 1) == 1) ++told;
        ::close(pipe[0]);
        Wisdom wisdom(path, log);
        const std::size_t kept = wisdom.recall(key).timings.size();
        EXPECT_GE(kept, told);
        EXPECT_LE(kept, told + 1);
        EXPECT_TRUE(messages.empty()) << messages.front();
    }
}

TEST_F(WisdomTest, TrialOfADeadProcessIsAFailure) {
    const int status = in_child([&] {
        Wisdom wisdom(path, log);
        wisdom.begin_trial(key, "v4/good");
        wisdom.end_trial(key, "v4/good");
        wisdom.begin_trial(key, "v4/deadly");
        ::kill(::getpid(), SIGKILL);
        return 0;
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    for (int process = 0; process < 2; ++process) {
        Wisdom wisdom(path, log);
        EXPECT_EQ(wisdom.recall(key).failed, std::set<std::string>{"v4/deadly"});
    }
    ASSERT_EQ(messages.size(), 1u);  // told by the process that found it, once
    EXPECT_TRUE(contains(messages[0], "some_kernel") && contains(messages[0], "v4/deadly")) << messages[0];
    Wisdom wisdom(path, log);
    const WisdomKey other_workload{key.content, key.kernel, "A f32[99]@16", key.fingerprint};
    EXPECT_EQ(wisdom.recall(other_workload).failed.size(), 1u);  // whatever the workload
    const WisdomKey other_machine{key.content, key.kernel, key.workload, "another machine"};
    EXPECT_TRUE(wisdom.recall(other_machine).failed.empty());
    ASSERT_EQ(wisdom.failures().size(), 1u);
    EXPECT_TRUE(wisdom.failures()[0].failed);
    wisdom.forget();
    EXPECT_TRUE(wisdom.recall(key).failed.empty());
}

TEST_F(WisdomTest, TrialOfALivingProcessIsLeftAloneUntilItHangs) {
    int to_child[2], to_parent[2];
    ASSERT_EQ(::pipe(to_child), 0);
    ASSERT_EQ(::pipe(to_parent), 0);
    const pid_t child = ::fork();
    char byte = 0;
    if (child == 0) {
        Wisdom wisdom(path, log);
        wisdom.begin_trial(key, "v4/slow");
        static_cast<void>(!::write(to_parent[1], &byte, 1));
        static_cast<void>(!::read(to_child[0], &byte, 1));
        ::_exit(0);
    }
    ASSERT_EQ(::read(to_parent[0], &byte, 1), 1);
    {
        Wisdom wisdom(path, log);
        EXPECT_TRUE(wisdom.recall(key).failed.empty());
        ASSERT_EQ(wisdom.failures().size(), 1u);
        EXPECT_FALSE(wisdom.failures()[0].failed);
    }
    {
        Database database(path, SQLITE_OPEN_READWRITE);
        database.execute("UPDATE trial SET started = started - 60000");
    }
    Wisdom wisdom(path, log);
    EXPECT_EQ(wisdom.recall(key).failed, std::set<std::string>{"v4/slow"});
    static_cast<void>(!::write(to_child[1], &byte, 1));
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(wisdom.recall(key).failed,
              std::set<std::string>{"v4/slow"});  // and now it is a death in a trial
    for (const int end : {to_child[0], to_child[1], to_parent[0], to_parent[1]}) ::close(end);
}

TEST_F(WisdomTest, KnowsWhetherProcessesLive) {
    EXPECT_EQ(is_alive(this_process()), Alive::yes);
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const int status = in_child([&] {
        const std::string own = this_process();
        static_cast<void>(!::write(pipe[1], own.data(), own.size()));
        return 0;
    });
    EXPECT_EQ(status, 0);
    char text[256];
    const ssize_t length = ::read(pipe[0], text, sizeof(text));
    ASSERT_GT(length, 0);
    const std::string child(text, static_cast<std::size_t>(length));
    EXPECT_NE(child, this_process());
    EXPECT_EQ(is_alive(child), Alive::no);
    std::string reused = this_process();
    reused.back() = reused.back() == '7' ? '8' : '7';  // our number, but begun at another time
    EXPECT_EQ(is_alive(reused), Alive::no);
    EXPECT_EQ(is_alive("another-boot pid:[1] 1 1"), Alive::no);
    EXPECT_EQ(is_alive(""), Alive::no);
    std::string elsewhere = this_process();
    elsewhere.replace(elsewhere.find("pid:["), 5, "pid:[9");
    EXPECT_EQ(is_alive(elsewhere), Alive::unknown);
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST_F(WisdomTest, SurvivesForks) {
    Wisdom wisdom(path, log);
    wisdom.record(key, {"v4/a", 1, 1e-3});
    const int status = in_child([&] {
        // SQLite's connection has not come along: its locks would not be this process's.
        for (const auto& descriptor : fs::directory_iterator("/proc/self/fd")) {
            std::error_code gone;
            if (contains(fs::read_symlink(descriptor, gone).string(), path)) return 2;
        }
        for (int row = 0; row < 10; ++row) wisdom.record(key, {"v4/child", 1, 1e-3});
        return wisdom.recall(key).timings.size() >= 11 ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
    for (int row = 0; row < 10; ++row) wisdom.record(key, {"v4/a", 1, 1e-3});
    EXPECT_EQ(wisdom.recall(key).timings.size(), 21u);
    EXPECT_TRUE(messages.empty()) << messages.front();
}

TEST_F(WisdomTest, PathComesFromTheEnvironment) {
    const auto with = [](const char* wisdom, const char* cache, const char* home) {
        const auto set = [](const char* name, const char* value) {
            value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
        };
        set("SPORKLE_WISDOM", wisdom);
        set("XDG_CACHE_HOME", cache);
        set("HOME", home);
        return default_wisdom_path();
    };
    EXPECT_EQ(in_child([&] {
                  if (with("/w/file", "/c", "/h") != "/w/file") return 1;
                  if (!with("", "/c", "/h").empty()) return 2;  // switched off
                  if (with(nullptr, "/c", "/h") != "/c/sporkle/wisdom.sqlite") return 3;
                  if (with(nullptr, "relative", "/h") != "/h/.cache/sporkle/wisdom.sqlite") return 4;
                  if (!with(nullptr, nullptr, nullptr).empty()) return 5;
                  return 0;
              }),
              0);
}

}  // namespace
}  // namespace sporkle::runtime

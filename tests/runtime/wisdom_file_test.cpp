// Wisdom whose file is corrupt, foreign, or cannot be written.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "runtime/wisdom/database.hpp"
#include "runtime/wisdom/schema.hpp"
#include "tests/runtime/wisdom_fixture.hpp"

namespace sporkle::runtime {
namespace {

namespace fs = std::filesystem;
using test::in_child;

TEST_F(WisdomTest, CorruptFileIsSetAsideAndANewOneBegun) {
    std::ofstream(path) << "this is no database, but it is long enough to be taken for one: "
                        << std::string(2000, 'x');
    {
        Wisdom wisdom(path, log);
        wisdom.record(key, {"v4/a", 1, 1e-3});
        EXPECT_EQ(wisdom.recall(key).timings.size(), 1u);
    }
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_TRUE(contains(messages[0], path) && contains(messages[0], "corrupt") &&
                contains(messages[0], "set aside"))
        << messages[0];
    EXPECT_EQ(files_with("wisdom.sqlite.corrupt-"), 1);
}

TEST_F(WisdomTest, CorruptionWhileInUseIsSurvived) {
    {
        Wisdom wisdom(path, log);
        for (int row = 0; row < 2000; ++row) wisdom.record(key, {"v4/a", 1, 1e-3});
    }
    {  // everything behind the first page becomes nonsense: opening still works
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096);
        file << std::string(static_cast<std::size_t>(fs::file_size(path)) - 4096, '#');
    }
    fs::remove(path + "-wal");
    Wisdom wisdom(path, log);
    wisdom.recall(key);
    wisdom.record(key, {"v4/b", 1, 1e-3});
    EXPECT_EQ(wisdom.recall(key).timings.size(), 1u);
    ASSERT_GE(messages.size(), 1u);
    EXPECT_TRUE(contains(messages[0], "corrupt")) << messages[0];
    EXPECT_EQ(files_with(".corrupt-"), 1);
}

TEST_F(WisdomTest, SeveralProcessesFindTheSameCorruptFile) {
    std::ofstream(path) << std::string(5000, 'x');
    std::vector<pid_t> children;
    for (int p = 0; p < 4; ++p) {
        const pid_t child = ::fork();
        if (child == 0) {
            Wisdom wisdom(path, log);
            for (int row = 0; row < 20; ++row) wisdom.record(key, {"v4/a", 1, 1e-3});
            ::_exit(0);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) ::waitpid(child, nullptr, 0);
    EXPECT_EQ(files_with("wisdom.sqlite.corrupt-"), 1);  // nobody set the new one aside
    Wisdom wisdom(path, log);
    EXPECT_EQ(wisdom.recall(key).timings.size(), 80u);
}

TEST_F(WisdomTest, SoundFileIsNotSetAside) {
    // What a process does that found a corrupt file which another one has replaced meanwhile.
    {
        Wisdom wisdom(path, log);
        wisdom.record(key, {"v4/a", 1, 1e-3});
    }
    EXPECT_EQ(set_aside(path), "");
    Wisdom wisdom(path, log);
    EXPECT_EQ(wisdom.recall(key).timings.size(), 1u);
}

TEST_F(WisdomTest, OtherProgramsDatabasesAreLeftAlone) {
    {
        Database database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        database.execute("CREATE TABLE recipes (name TEXT)");
    }
    const auto before = test::read_bytes_of(path);
    Wisdom wisdom(path, log);
    wisdom.record(key, {"v4/a", 1, 1e-3});
    EXPECT_TRUE(wisdom.recall(key).timings.empty());
    EXPECT_EQ(test::read_bytes_of(path), before);
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_TRUE(contains(messages[0], "another program")) << messages[0];
}

TEST_F(WisdomTest, NewerFormatsAreLeftAlone) {
    {
        Wisdom wisdom(path, log);
        wisdom.record(key, {"v4/a", 1, 1e-3});
    }
    {
        Database database(path, SQLITE_OPEN_READWRITE);
        database.execute("PRAGMA user_version = 7");
    }
    Wisdom wisdom(path, log);
    wisdom.record(key, {"v4/b", 1, 1e-3});
    EXPECT_TRUE(wisdom.recall(key).timings.empty());
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_TRUE(contains(messages[0], "format version 7")) << messages[0];
    EXPECT_EQ(files_with("corrupt"), 0);
}

/// Runs a body as a user whom permissions bind.
int as_ordinary_user(const std::function<int()>& body) {
    return in_child([&] {
        if (::getuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 98;
        return body();
    });
}

TEST_F(WisdomTest, ReadOnlyFolderIsReadAndReported) {
    {
        Wisdom wisdom(path, log);
        wisdom.record(key, {"v4/a", 1, 1e-3});
        wisdom.choose(key, {"v4/a", 1, false, 1e-3});
    }
    fs::permissions(path, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    fs::permissions(folder.path(), fs::perms(0555));
    const int status = as_ordinary_user([&] {
        Wisdom wisdom(path, log);
        wisdom.begin_trial(key, "v4/b");
        wisdom.record(key, {"v4/b", 1, 1e-3});
        wisdom.choose(key, {"v4/b", 1, false, 1e-3});
        const Remembered remembered = wisdom.recall(key);
        if (!remembered.choice || remembered.choice->variant != "v4/a" || remembered.timings.size() != 1)
            return 1;
        return messages.size() == 1 && contains(messages[0], "can only be read") ? 0 : 2;
    });
    EXPECT_EQ(status, 0);
}

TEST_F(WisdomTest, FolderThatCannotBeWrittenIsDoneWithout) {
    fs::permissions(folder.path(), fs::perms(0555));
    const int status = as_ordinary_user([&] {
        for (const std::string& name :
             {path, folder / "a/b.sqlite", std::string("/proc/nowhere/wisdom.sqlite")}) {
            messages.clear();
            Wisdom wisdom(name, log);
            wisdom.record(key, {"v4/b", 1, 1e-3});
            if (!wisdom.recall(key).timings.empty()) return 1;
            if (messages.size() != 1 || !contains(messages[0], "nothing is remembered")) return 2;
        }
        return 0;
    });
    EXPECT_EQ(status, 0);
}

TEST_F(WisdomTest, FullDiskIsDoneWithout) {
    {
        Wisdom wisdom(path, log);
        wisdom.record(key, {"v4/a", 1, 1e-3});
    }
    const int status = in_child([&] {
        // No file may grow: what a full disk looks like to SQLite.
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{4096, 4096};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        Wisdom wisdom(path, log);
        for (int row = 0; row < 100; ++row) wisdom.record(key, {"v4/b", 1, 1e-3});
        wisdom.choose(key, {"v4/b", 1, false, 1e-3});
        wisdom.recall(key);
        return !messages.empty() && messages.size() < 4 ? 0 : 1;  // told, but not at every call
    });
    EXPECT_EQ(status, 0);
    Wisdom wisdom(path, log);
    EXPECT_GE(wisdom.recall(key).timings.size(), 1u);  // nothing was harmed
    EXPECT_TRUE(messages.empty()) << messages.front();
}

}  // namespace
}  // namespace sporkle::runtime

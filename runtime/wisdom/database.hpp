// SQLite, as far as wisdom needs it: connections and statements that clean up after themselves and throw.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sporkle/hash.hpp>

namespace sporkle::runtime {

/// A failure of SQLite, with its result code. It never leaves the wisdom.
class DatabaseError : public std::runtime_error {
  public:
    DatabaseError(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
    /// The primary result code, such as SQLITE_BUSY.
    int code() const { return code_ & 0xff; }
    /// Whether the file is no sound database.
    bool is_corrupt() const { return code() == SQLITE_CORRUPT || code() == SQLITE_NOTADB; }

  private:
    int code_;
};

class Database {
  public:
    /// `flags` as for sqlite3_open_v2.
    Database(const std::string& name, int flags);
    ~Database() { sqlite3_close_v2(handle_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const char* sql);
    /// The number that a statement such as a PRAGMA gives.
    std::int64_t number(const char* sql);
    std::string text(const char* sql);
    bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
    sqlite3* handle() const { return handle_; }

  private:
    sqlite3* handle_ = nullptr;
};

/// A prepared statement. Parameters are bound in order.
class Statement {
  public:
    Statement(Database& database, std::string_view sql);
    ~Statement() { sqlite3_finalize(handle_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(std::string_view text);
    Statement& bind(std::int64_t number);
    Statement& bind(double number);
    Statement& bind(const Hash& hash);

    /// Whether there is a row.
    bool step();
    /// For statements that give no rows.
    void run() {
        while (step()) {
        }
    }
    std::string text(int column) const;
    std::int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
    double real(int column) const { return sqlite3_column_double(handle_, column); }

  private:
    Database& database_;
    sqlite3_stmt* handle_ = nullptr;
    int bound_ = 0;
};

/// BEGIN IMMEDIATE … COMMIT; rolled back when left by an exception.
class Transaction {
  public:
    explicit Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
    ~Transaction();
    void commit() { database_.execute("COMMIT"); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

  private:
    Database& database_;
};

}  // namespace sporkle::runtime

void macro() {}

def start(wanted, stack): raise NotImplementedError
